//! Whole journeys: the official command line clients and SDKs against a node, a node that is killed while it works,
//! and a node that is asked to end.

mod album_folder;
mod both_ways;
mod cli;
mod client;
mod distant;
mod fake_server;
mod faulty_proxy;
mod folder_upstream;
mod follow;
mod kill;
mod landing;
mod offer;
mod optimise;
mod process;
mod push;
mod reconcile;
mod samba;
mod scene;
mod sdk;
mod search_mode;
mod sftp;
mod socket;
mod stored;
mod sync_commands;
mod week;
mod write_back;
mod write_back_mirror;
mod written_round_trip;
