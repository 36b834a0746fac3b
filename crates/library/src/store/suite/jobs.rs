//! The job queue.

use tintype_protocol::time::Timestamp;

use super::Subject;
use super::scene::{NOW, Scene};
use crate::model::{JobKind, QueueCounts};
use crate::store::NewJob;

fn counts(scene: &Scene, kind: JobKind) -> QueueCounts {
    let all = scene.read(|tx| tx.queue_counts());
    all.into_iter().find(|(of, _)| *of == kind).map(|(_, counts)| counts).unwrap_or_default()
}

pub(super) fn asking_twice_is_asking_once(subject: &Subject) {
    let scene = Scene::of(subject);
    let owner = scene.user(1);
    let asset_id = scene.asset(owner, 1);
    let ask = || {
        let job = NewJob { kind: JobKind::Thumbnail, asset_id, not_before: None };
        scene.write(move |tx| tx.enqueue(job));
    };
    let claim = || scene.write(|tx| tx.claim_jobs(&JobKind::ALL, 10));
    ask();
    ask();
    let jobs = claim();
    assert_eq!(jobs.len(), 1);
    assert!(claim().is_empty(), "a job that is being done is not given out again");
    // Asked for while it is being done: it is done once more afterwards.
    ask();
    let id = jobs[0].id;
    scene.write(move |tx| tx.finish_job(id));
    assert_eq!(counts(&scene, JobKind::Thumbnail).waiting, 1);
    let id = claim()[0].id;
    scene.write(move |tx| tx.finish_job(id));
    assert_eq!(counts(&scene, JobKind::Thumbnail), QueueCounts::default());
}

pub(super) fn interrupted_jobs_come_alone(subject: &Subject) {
    let scene = Scene::of(subject);
    let owner = scene.user(1);
    for number in 1..=3 {
        let asset_id = scene.asset(owner, number);
        scene.write(move |tx| tx.enqueue(NewJob { kind: JobKind::Metadata, asset_id, not_before: None }));
    }
    let claim = || scene.write(|tx| tx.claim_jobs(&[JobKind::Metadata], 10));
    assert_eq!(claim().len(), 3);
    // The process ends; at the next start any of them may have been the reason.
    assert_eq!(scene.write(|tx| tx.requeue_active_jobs()), 3);
    let alone = claim();
    assert_eq!((alone.len(), alone[0].attempts), (1, 1));
    let id = alone[0].id;
    scene.write(move |tx| tx.fail_job(id, "no", Some(Timestamp(NOW.0 + 1_000))));
    assert_eq!(claim().len(), 1, "the failed one is not due yet");
    scene.write(move |tx| tx.fail_job(id, "no", None));
    assert_eq!(counts(&scene, JobKind::Metadata).failed, 1);
    let failed = scene.read(|tx| tx.failed_jobs(10));
    assert_eq!((failed[0].2.as_str(), failed[0].3.as_str()), ("Café 1.jpg", "no"));
    assert_eq!(scene.write(|tx| tx.clear_jobs(JobKind::Metadata, true)), 1);
}

pub(super) fn resting_queues_give_nothing(subject: &Subject) {
    let scene = Scene::of(subject);
    let owner = scene.user(1);
    let asset_id = scene.asset(owner, 1);
    scene.write(move |tx| {
        tx.enqueue(NewJob { kind: JobKind::Video, asset_id, not_before: None })?;
        tx.set_queue_paused(JobKind::Video, true)
    });
    assert!(scene.write(|tx| tx.claim_jobs(&JobKind::ALL, 10)).is_empty());
    scene.write(|tx| tx.set_queue_paused(JobKind::Video, false));
    assert_eq!(scene.write(|tx| tx.claim_jobs(&JobKind::ALL, 10)).len(), 1);
}
