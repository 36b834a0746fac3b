//! The job queue, and everything else that is tidied in the background.

use rusqlite::{Row, params};
use tintype_protocol::id::AssetId;
use tintype_protocol::time::Timestamp;

use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{Job, JobKind, QueueCounts};
use crate::store::{NewJob, Read, ReadJobs, Write, WriteJobs, WriteTidy};

/// The name of a kind in the table.
fn text(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Metadata => "metadata",
        JobKind::Thumbnail => "thumbnail",
        JobKind::Edit => "edit",
        JobKind::Video => "video",
        JobKind::Purge => "purge",
    }
}

fn kind_of(name: &str) -> rusqlite::Result<JobKind> {
    JobKind::ALL.into_iter().find(|kind| text(*kind) == name).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, format!("job kind {name}").into())
    })
}

fn read_job(row: &Row<'_>) -> rusqlite::Result<Job> {
    let mut columns = Columns::of(row);
    Ok(Job {
        id: columns.integer()?,
        kind: kind_of(columns.text()?)?,
        asset_id: columns.id()?,
        attempts: columns.small()?,
    })
}

impl ReadJobs for Tx<'_> {
    fn queue_counts(&self) -> Result<Vec<(JobKind, QueueCounts)>> {
        self.all(
            "SELECT kind, count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'active'),
                count(*) FILTER (WHERE state = 'failed') FROM job GROUP BY kind",
            [],
            |row| {
                let mut columns = Columns::of(row);
                let kind = kind_of(columns.text()?)?;
                let counts =
                    QueueCounts { waiting: columns.small()?, active: columns.small()?, failed: columns.small()? };
                Ok((kind, counts))
            },
        )
    }

    fn paused_queues(&self) -> Result<Vec<JobKind>> {
        self.all("SELECT kind FROM paused_queue", [], |row| kind_of(Columns::of(row).text()?))
    }

    fn failed_jobs(&self, limit: u32) -> Result<Vec<(JobKind, AssetId, String, String)>> {
        self.all(
            "SELECT j.kind, j.asset_id, coalesce(a.original_name, ''), coalesce(j.error, '') FROM job j
             LEFT JOIN asset a ON a.id = j.asset_id WHERE j.state = 'failed' ORDER BY j.changed_at DESC LIMIT ?1",
            params![limit],
            |row| {
                let mut columns = Columns::of(row);
                Ok((kind_of(columns.text()?)?, columns.id()?, columns.string()?, columns.string()?))
            },
        )
    }

    fn reserved_keys(&self) -> Result<Vec<String>> {
        self.all("SELECT key FROM reserved_key", [], |row| row.get(0))
    }

    fn orphaned_keys(&self, limit: u32) -> Result<Vec<String>> {
        self.all("SELECT key FROM orphaned_key LIMIT ?1", params![limit], |row| row.get(0))
    }
}

impl WriteJobs for Tx<'_> {
    fn enqueue(&mut self, job: NewJob) -> Result<()> {
        let not_before = job.not_before.unwrap_or(Timestamp(0));
        self.execute(
            "INSERT INTO job (kind, asset_id, state, attempts, not_before, again, changed_at)
             VALUES (?1, ?2, 'waiting', 0, ?3, 0, ?4)
             ON CONFLICT (kind, asset_id) DO UPDATE SET
                again = (state = 'active'), state = iif(state = 'active', 'active', 'waiting'),
                attempts = iif(state = 'active', attempts, 0), not_before = excluded.not_before, error = NULL,
                changed_at = excluded.changed_at",
            params![text(job.kind), job.asset_id.as_bytes(), not_before.0, self.time().0],
        )?;
        Ok(())
    }

    fn claim_jobs(&mut self, kinds: &[JobKind], limit: u32) -> Result<Vec<Job>> {
        let paused = self.paused_queues()?;
        let mut claimed: Vec<Job> = Vec::new();
        for kind in kinds.iter().filter(|kind| !paused.contains(kind)) {
            let left = limit.saturating_sub(u32::try_from(claimed.len()).unwrap_or(u32::MAX));
            let found = self.all(
                "SELECT id, kind, asset_id, attempts FROM job WHERE state = 'waiting' AND kind = ?1 AND not_before <= ?2
                 ORDER BY not_before, id LIMIT ?3",
                params![text(*kind), self.time().0, left],
                read_job,
            )?;
            for job in found {
                // A job that did not end before may be what ended the process: it must not take others with it.
                if job.attempts > 0 && !claimed.is_empty() {
                    continue;
                }
                let alone = job.attempts > 0;
                self.execute(
                    "UPDATE job SET state = 'active', attempts = attempts + 1, changed_at = ?2 WHERE id = ?1",
                    params![job.id, self.time().0],
                )?;
                claimed.push(job);
                if alone {
                    return Ok(claimed);
                }
            }
            if left == 0 {
                break;
            }
        }
        Ok(claimed)
    }

    fn finish_job(&mut self, id: i64) -> Result<()> {
        let again = self.execute(
            "UPDATE job SET state = 'waiting', again = 0, attempts = 0, changed_at = ?2 WHERE id = ?1 AND again = 1",
            params![id, self.time().0],
        )?;
        if again == 0 {
            self.execute("DELETE FROM job WHERE id = ?1", params![id])?;
        }
        Ok(())
    }

    fn fail_job(&mut self, id: i64, error: &str, retry_at: Option<Timestamp>) -> Result<()> {
        let state = if retry_at.is_some() { "waiting" } else { "failed" };
        self.execute(
            "UPDATE job SET state = ?2, error = ?3, not_before = ?4, again = 0, changed_at = ?5 WHERE id = ?1",
            params![id, state, error, retry_at.unwrap_or(Timestamp(0)).0, self.time().0],
        )?;
        Ok(())
    }

    fn requeue_active_jobs(&mut self) -> Result<u64> {
        let moved = self.execute("UPDATE job SET state = 'waiting', again = 0 WHERE state = 'active'", [])?;
        Ok(moved as u64)
    }

    fn clear_jobs(&mut self, kind: JobKind, failed_only: bool) -> Result<u64> {
        let state = if failed_only { "failed" } else { "waiting" };
        let cleared = self.execute("DELETE FROM job WHERE kind = ?1 AND state = ?2", params![text(kind), state])?;
        Ok(cleared as u64)
    }

    fn set_queue_paused(&mut self, kind: JobKind, paused: bool) -> Result<()> {
        if paused {
            self.execute("INSERT INTO paused_queue (kind) VALUES (?1) ON CONFLICT DO NOTHING", params![text(kind)])?;
        } else {
            self.execute("DELETE FROM paused_queue WHERE kind = ?1", params![text(kind)])?;
        }
        Ok(())
    }
}

impl WriteTidy for Tx<'_> {
    fn delete_tombstones_before(&mut self, time: Timestamp) -> Result<u64> {
        let deleted = self.execute("DELETE FROM tombstone WHERE deleted_at < ?1", params![time.0])?;
        Ok(deleted as u64)
    }
}

impl Write for Tx<'_> {
    fn now(&self) -> Timestamp {
        self.time()
    }

    fn as_read(&self) -> &dyn Read {
        self
    }
}
