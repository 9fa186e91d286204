//! The `seaworthy` binary: it only dispatches.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use seaworthy::cli::live::{audit, doctor, report, selection, wait};
use seaworthy::cli::{catalogue, check, config, diff, policy, program, ready};
use seaworthy::controller::{self, ControllerOptions};

// musl's own allocator triples the time that files take.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Says whether Kubernetes workloads are production-ready.
#[derive(Parser)]
#[command(name = "seaworthy", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the operator: watch policies and workloads, write reports and conditions
    Controller(Box<ControllerOptions>),
    /// Judge the objects in files
    Check(Box<check::CheckArguments>),
    /// Say what is new and what is fixed between two saved runs, or two sets of files
    Diff(Box<diff::DiffArguments>),
    /// Judge what stands in a cluster, here and now
    Audit(Box<audit::AuditArguments>),
    /// Say whether what is installed is whole, and what to do where it is not
    Doctor(doctor::DoctorArguments),
    /// Try a policy before it goes to a cluster
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Say what counts for a run, and where each setting is from
    #[command(subcommand)]
    Config(config::show::ConfigCommand),
    /// Say what a check wants, why, and how to satisfy it
    Explain(catalogue::ExplainArguments),
    /// List all checks
    Checks(catalogue::ChecksArguments),
    /// Print every CustomResourceDefinition of the product
    Crds,
    /// Wait for the verdict on a workload's present generation, or on a policy's
    Wait(wait::WaitArguments),
    /// Show what fails in a cluster, why, and how to fix it
    Report(report::ReportArguments),
    /// Say which policies are about a workload, and why the others are not
    ExplainSelection(selection::SelectionArguments),
    /// Ask a running operator whether it is ready
    Ready(ready::ReadyArguments),
    /// Print a script that completes commands and options in a shell
    Completions(program::CompletionsArguments),
    /// Say which version this is
    Version(program::VersionArguments),
    /// Print the reference of all commands, as Markdown
    #[command(hide = true)]
    Reference,
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Controller(options) => controller::main(*options),
        Command::Check(arguments) => check::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Policy(command) => policy::run(&command),
        Command::Config(command) => config::show::run(&command),
        Command::Explain(arguments) => catalogue::explain(&arguments),
        Command::Checks(arguments) => catalogue::checks(&arguments),
        Command::Crds => catalogue::definitions(),
        Command::Wait(arguments) => wait::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::ExplainSelection(arguments) => selection::run(&arguments),
        Command::Ready(arguments) => ready::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Completions(arguments) => program::completions(&arguments, Arguments::command()),
        Command::Version(arguments) => program::version(&arguments),
        Command::Reference => program::reference(Arguments::command()),
    }
}
