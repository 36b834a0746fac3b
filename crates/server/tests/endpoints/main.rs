//! Endpoints, called in the test's own process: what recorded conversations do not cover.

mod account;
mod admin;
mod albums;
mod keys;
mod legacy;
mod orphans;
mod pages;
mod queues;
mod scene;
mod sync;
