//! Endpoints, called in the test's own process: what recorded conversations do not cover.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod account;
mod accounts;
mod activities;
mod admin;
mod albums;
mod bulk;
mod edits;
mod explore;
mod following;
mod keys;
mod labels;
mod legacy;
mod libraries;
mod memories;
mod memory_lists;
mod notifications;
mod ocr;
mod optimised;
mod orphans;
mod pages;
mod people;
mod queues;
mod scene;
mod shared_links;
mod sharing;
mod stacks;
mod sync;
mod what_actions_produce;
