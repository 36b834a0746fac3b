//! The program: arguments, configuration, wiring, progress, exit codes. What it does is in the other crates.

mod activity;
mod answering;
mod arguments;
mod client;
mod config;
mod conflicts;
mod control;
mod demo;
mod dev;
mod devices;
mod doctor;
mod folder;
mod follower;
mod following;
mod ftp;
mod ingest;
mod interrupt;
mod landing;
mod linking;
mod log_file;
mod node;
mod offer;
mod optimise;
mod origin;
mod originals;
mod outbox;
mod output;
mod progress;
mod push;
mod quarantine;
mod read_only;
mod reconcile;
mod reports;
mod serve;
mod sftp;
mod sync_progress;
mod tokens;
mod upstreams;
mod users;
mod write_back;

use std::process::ExitCode;

use arguments::{Arguments, Command, DevCommand};
use clap::Parser as _;

fn main() -> ExitCode {
    tintype_heap::limit_kept_memory();
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        Err(error) => output::fail(&error),
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    // Children that decode risky pictures do nothing else: no configuration, no log.
    if let Command::Dev { command: DevCommand::Decode { .. } } = &arguments.command {
        return dev::decode();
    }
    let config = config::resolve(&arguments)?;
    output::start_log(&config);
    match arguments.command {
        Command::Serve(serve) => serve::run(&config, &serve),
        Command::Import(import) => folder::run(&config, &import),
        Command::Login(login) => upstreams::log_in(&config, &login),
        Command::Sync(sync) => upstreams::sync(&config, &sync),
        Command::Status(status) => upstreams::status(&config, &status),
        Command::Quarantine { command } => quarantine::run(&config, &command),
        Command::Outbox { command } => outbox::run(&config, &command),
        Command::Conflicts { command } => conflicts::run(&config, &command),
        Command::Logout(logout) => upstreams::log_out(&config, &logout),
        Command::Optimize(optimize) => optimise::optimise(&config, &optimize),
        Command::RestoreOriginal(restore) => optimise::restore_originals(&config, &restore),
        Command::WriteBack(arguments) => write_back::run(&config, &arguments),
        Command::Ingest { command } => ingest::run(&config, &command),
        Command::Push(arguments) => push::run(&config, &arguments),
        Command::Folder { command } => reconcile::commands::folder(&config, &command),
        Command::Reconcile { command } => reconcile::commands::reconcile(&config, &command),
        Command::Verify(arguments) => reconcile::commands::verify(&config, &arguments),
        Command::User { command } => users::run(&config, &command),
        Command::Doctor => doctor::run(&config),
        Command::Completions { shell } => output::completions(shell),
        Command::Man => output::manual(),
        Command::Dev { command: DevCommand::Seed(seed) } => dev::seed(&config, &seed),
        Command::Dev { command: DevCommand::Decode { .. } } => dev::decode(),
    }
}
