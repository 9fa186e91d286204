//! `seaworthy ready`: asks a running operator whether it is ready, as the pod of `helm test` does.
//!
//! It must not judge readiness itself: `/readyz` does. Plain HTTP over one connection, because that is what
//! the health port speaks. Next: [`crate::ops::health`] for the other side.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use super::{exit, output};

/// One question takes at most this long.
const PATIENCE: Duration = Duration::from_secs(2);

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(500);

/// An answer that is longer is not read to its end.
const LONGEST: u64 = 4096;

/// Arguments of `seaworthy ready`.
#[derive(Args, Clone, Debug)]
pub struct ReadyArguments {
    /// Address of the operator's health port, as `host:port`
    pub address: String,
    /// Seconds to go on asking
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub timeout: u32,
}

/// Asks until the operator is ready or the time is over.
pub fn run(arguments: &ReadyArguments) -> ExitCode {
    let end = Instant::now() + Duration::from_secs(arguments.timeout.into());
    loop {
        let problem = match ask(&arguments.address) {
            Ok(answer) if is_ready(&answer) => return said(output::print("ready\n")),
            Ok(answer) => answer.lines().next().unwrap_or("no answer").to_owned(),
            Err(error) => error.to_string(),
        };
        if Instant::now() + PAUSE >= end {
            output::error(&format!("{} is not ready: {problem}", arguments.address));
            return exit::FAILED.into();
        }
        thread::sleep(PAUSE);
    }
}

fn said(printed: io::Result<()>) -> ExitCode {
    printed.map_or_else(|_| exit::INCOMPLETE.into(), |()| exit::OK.into())
}

fn ask(address: &str) -> io::Result<String> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for candidate in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&candidate, PATIENCE) {
            Ok(stream) => return question(stream, address),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn question(mut stream: TcpStream, host: &str) -> io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn is_ready(answer: &str) -> bool {
    answer.split_ascii_whitespace().nth(1) == Some("200")
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// What the command says of a server that gives these answers, one a connection.
    fn against(answers: &'static [&'static str], timeout: u32) -> ExitCode {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                // All of it: a server that closes with something unread resets the connection.
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).unwrap();
                    asked.extend(byte);
                }
                assert!(asked.starts_with(b"GET /readyz HTTP/1.1\r\n"));
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        let code = run(&ReadyArguments { address, timeout });
        server.join().unwrap();
        code
    }

    #[test]
    fn it_asks_until_the_operator_is_ready() {
        let answers = &["HTTP/1.1 503 Service Unavailable\r\n\r\nno lease", "HTTP/1.1 200 OK\r\n\r\nok"];
        assert_eq!(against(answers, 30), exit::OK.into());
    }

    #[test]
    fn what_does_not_say_200_is_not_ready() {
        assert_eq!(against(&["HTTP/1.1 503 Service Unavailable\r\n\r\n200"], 0), exit::FAILED.into());
        assert_eq!(against(&[""], 0), exit::FAILED.into());
    }
}
