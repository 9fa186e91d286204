//! What the kernel says of a process, and of this machine.
//!
//! It must not be used where there is no `/proc`: figures from elsewhere would not compare. Next: [`super::measure`].

use std::fs;

use crate::{Error, binaries};

/// Ticks of `/proc/<pid>/stat`, fixed for user space on Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// How the path of the dynamic loader begins.
const LOADER: &[u8] = b"/lib64/ld-linux";

/// Resident memory of a process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// Now, in MiB.
    pub now_mib: f64,
    /// The most there ever was, in MiB.
    pub peak_mib: f64,
}

/// Resident memory of a process.
pub fn memory(pid: u32) -> Result<Memory, Error> {
    let status = read(&format!("/proc/{pid}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok().map(|kib| kib / 1024.0)
    };
    Ok(Memory { now_mib: field("VmRSS:").unwrap_or_default(), peak_mib: field("VmHWM:").unwrap_or_default() })
}

/// CPU seconds of a process so far, in user and kernel space.
pub fn cpu_seconds(pid: u32) -> Result<f64, Error> {
    let stat = read(&format!("/proc/{pid}/stat"))?;
    // The name, in parentheses, may hold spaces; utime and stime are the 12th and 13th field after it.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    Ok(ticks.sum::<f64>() / TICKS_PER_SECOND)
}

/// CPU seconds in user space, and in the kernel, of all processes that this one started and that have ended.
pub fn children_seconds() -> Result<(f64, f64), Error> {
    let stat = read("/proc/self/stat")?;
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let mut ticks = fields.split_whitespace().skip(13).map(|field| field.parse::<f64>().unwrap_or_default());
    let mut next = || ticks.next().unwrap_or_default() / TICKS_PER_SECOND;
    Ok((next(), next()))
}

/// What the operator is linked with. A static binary names no interpreter; every other one holds the path of the
/// dynamic loader.
pub fn library() -> String {
    let bytes = binaries::seaworthy().ok().and_then(|path| fs::read(path).ok()).unwrap_or_default();
    let is_dynamic = bytes.windows(LOADER.len()).any(|window| window == LOADER);
    if is_dynamic { "glibc" } else { "musl" }.to_owned()
}

/// The CPU's model.
pub fn cpu_model() -> String {
    let text = read("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name"));
    model.map_or("unknown", |model| model.trim_start_matches([':', ' ', '\t'])).to_owned()
}

/// Load average over the last minute.
pub fn load() -> f64 {
    let text = read("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or_default()
}

fn read(path: &str) -> Result<String, Error> {
    fs::read_to_string(path).map_err(Error::io(format!("read {path}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_says_something_of_this_process() {
        let memory = memory(std::process::id()).unwrap();
        assert!(memory.now_mib > 0.5 && memory.peak_mib >= memory.now_mib, "{memory:?}");
        assert!(cpu_seconds(std::process::id()).unwrap() >= 0.0);
    }
}
