//! What every store has to do, whatever engine it stands on.
//!
//! [`run`] is given a way to make fresh stores and runs each check on one of its own. Checks speak the traits only.

mod access;
mod activities;
mod albums;
mod assets;
mod explore;
mod external_links;
mod feed;
mod fetched;
mod filling;
mod folders;
mod ingest;
mod jobs;
mod labels;
mod ocr;
mod offer;
mod outbox;
mod scene;
mod shared_links;
mod stored;
mod transactions;
mod upstreams;
mod users;
mod write_back;

use std::any::Any;
use std::sync::Arc;

use super::Store;
use crate::clock::Clock;

/// Opens the store under test, any number of times, on the same data.
pub type Opener = Box<dyn Fn(Arc<dyn Clock>) -> Arc<dyn Store>>;

/// One fresh store.
pub struct Subject {
    /// Opens it.
    pub open: Opener,
    /// Whatever must live as long as its data.
    pub keep: Box<dyn Any>,
}

/// Runs every check. Panics at the first that fails, naming it on standard error through the backtrace.
pub fn run(fresh: &dyn Fn() -> Subject) {
    for check in [
        transactions::undone_work_leaves_no_trace as fn(&Subject),
        transactions::who_fails_in_a_group_leaves_the_others_alone,
        transactions::a_reader_sees_one_state,
        transactions::what_was_written_is_there_after_reopening,
        users::users_are_found_and_unique,
        users::settings_come_and_go,
        access::sessions_end_with_their_parents,
        access::unused_sessions_end,
        access::keys_keep_their_permissions,
        access::positions_belong_to_sessions,
        assets::an_asset_round_trips,
        assets::contents_and_paths_are_unique,
        assets::filters_narrow,
        assets::months_are_counted_and_listed,
        assets::removal_takes_everything_along,
        explore::names_are_those_of_shown_photos,
        explore::folders_and_maps_show_what_lies_there,
        labels::people_are_listed_by_what_they_are_on,
        labels::pictures_of_people_outlive_their_faces,
        labels::tags_form_a_tree,
        ocr::text_comes_and_goes_with_its_asset,
        albums::albums_hold_assets,
        albums::covers_fall_back,
        activities::activities_go_with_what_they_are_about,
        activities::notifications_belong_to_users,
        shared_links::links_are_found_and_unique,
        shared_links::links_go_with_what_they_show,
        upstreams::upstreams_and_names_are_unique,
        upstreams::names_of_an_earlier_time_are_told_apart,
        upstreams::lines_in_quarantine_are_found_by_ids,
        upstreams::what_comes_again_moves_nothing,
        outbox::rows_are_listed_by_their_state,
        outbox::contents_wait_to_be_deleted,
        offer::what_has_no_name_there_is_only_here,
        external_links::links_are_marked,
        external_links::ended_accesses_are_remembered,
        external_links::single_rows_come_and_go,
        fetched::what_was_used_last_is_listed_last,
        fetched::originals_come_home,
        stored::forms_stand_for_originals,
        stored::work_and_cleared_keys_are_seen,
        filling::answers_stay_the_same_while_it_is_filled,
        ingest::files_in_zones_are_kept_with_all_that_is_known,
        ingest::what_is_due_is_listed_and_counted,
        folders::folders_and_their_files_are_kept,
        folders::files_in_place_are_assets_of_an_external_library,
        folders::what_runs_did_is_told_line_by_line,
        folders::all_that_a_library_holds_is_shown,
        write_back::runs_keep_their_changes_in_order,
        write_back::what_files_were_given_goes_with_their_assets,
        write_back::photos_of_other_servers_are_told_apart,
        write_back::the_oldest_runs_are_forgotten,
        write_back::photos_that_may_have_something_else_to_say_are_found,
        jobs::asking_twice_is_asking_once,
        jobs::interrupted_jobs_come_alone,
        jobs::resting_queues_give_nothing,
        feed::changes_come_in_order_and_once,
        feed::positions_rise_across_reopening_and_a_clock_set_back,
        feed::a_follower_misses_nothing,
        feed::others_rows_stay_theirs,
    ] {
        check(&fresh());
    }
}
