//! Finds what nobody needs any more, tells it, and removes it on request. What is told is what
//! is removed: both go through one list.
//!
//! Decides nothing: what is over is for the pipeline, the stores and the renderer to say, by the
//! rules of their own sweeps.

mod broom;
mod table;

use std::io::Write;

use anyhow::bail;
use clap::Args;
use manim_core::{Clock, SystemClock};
use tokio::sync::watch;

use broom::Broom;
use table::{Outcome, Table, amount};

use super::config::Config;
use super::run::Signals;

/// What is wanted of a cleanup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct CleanupOptions {
    /// Removes what is found. Without it, what would be removed is told, and stays.
    #[arg(long)]
    pub apply: bool,
    /// Prints one JSON object for each thing, and nothing else.
    #[arg(long)]
    pub json: bool,
}

/// Tells on `out` what nobody needs any more of what the bot of this configuration keeps, and
/// removes it if that is wanted. The first signal ends it after the thing in hand, a second one
/// at once.
///
/// # Errors
/// A store cannot be opened (one in a file belongs to the running bot) or read, something could
/// not be removed, or a signal came before the end.
pub async fn cleanup(config: &Config, options: CleanupOptions, out: &mut impl Write) -> anyhow::Result<()> {
    let mut stop = counted(Signals::new()?);
    let (broom, found) = tokio::select! {
        found = find(config) => found?,
        Ok(_) = stop.wait_for(|signals| *signals > 0) => bail!("stopped by a signal; nothing was removed"),
    };
    let mut table = Table::new(out, options.json, &found, SystemClock.now());
    table.head()?;
    if !options.apply {
        for item in &found {
            table.row(item, &Outcome::Told)?;
        }
        return table.foot(&told(&found));
    }
    let mut done = Done::default();
    let seen = one_by_one(&found, &mut stop, async |item| {
        let outcome = match broom.remove(item).await {
            Ok(true) => Outcome::Removed,
            Ok(false) => Outcome::Needed,
            Err(error) => Outcome::Failed(format!("{error:#}")),
        };
        done.count(item, &outcome);
        table.row(item, &outcome)
    });
    let seen = seen.await?;
    table.foot(&done.told(found.len()))?;
    if seen < found.len() {
        bail!("stopped by a signal after {seen} of {}", found.len());
    }
    match done.failed {
        0 => Ok(()),
        failed => bail!("{failed} of {} could not be removed", found.len()),
    }
}

/// Something that nobody needs any more.
#[derive(Debug)]
struct Item {
    kind: String,
    /// Which one.
    what: String,
    why: &'static str,
    since: manim_core::Timestamp,
    bytes: u64,
    place: broom::Place,
}

async fn find(config: &Config) -> anyhow::Result<(Broom, Vec<Item>)> {
    let broom = Broom::open(config).await?;
    let found = broom.find().await?;
    Ok((broom, found))
}

fn told(found: &[Item]) -> String {
    match found.len() {
        0 => "nothing is left over".to_owned(),
        count => format!(
            "{count} in all, {}; nothing was removed: --apply does",
            amount(found.iter().map(|item| item.bytes).sum())
        ),
    }
}

/// What came of a removal so far.
#[derive(Debug, Default)]
struct Done {
    removed: usize,
    bytes: u64,
    failed: usize,
}

impl Done {
    fn count(&mut self, item: &Item, outcome: &Outcome) {
        match outcome {
            Outcome::Removed => {
                self.removed += 1;
                self.bytes += item.bytes;
            }
            Outcome::Failed(_) => self.failed += 1,
            Outcome::Told | Outcome::Needed => {}
        }
    }

    fn told(&self, all: usize) -> String {
        match all {
            0 => "nothing is left over".to_owned(),
            _ => format!("removed {} of {all}, {}", self.removed, amount(self.bytes)),
        }
    }
}

/// How many signals have come.
fn counted(mut signals: Signals) -> watch::Receiver<u32> {
    let (count, seen) = watch::channel(0);
    tokio::spawn(async move {
        loop {
            signals.next().await;
            count.send_modify(|count| *count += 1);
        }
    });
    seen
}

/// Does the work on one thing after the other, until a signal comes; on how many it was done.
async fn one_by_one<T>(
    things: &[T],
    stop: &mut watch::Receiver<u32>,
    mut work: impl AsyncFnMut(&T) -> anyhow::Result<()>,
) -> anyhow::Result<usize> {
    for (done, thing) in things.iter().enumerate() {
        if *stop.borrow() > 0 {
            return Ok(done);
        }
        tokio::select! {
            end = work(thing) => end?,
            Ok(_) = stop.wait_for(|signals| *signals > 1) => bail!("a second signal: stopped at once"),
        }
    }
    Ok(things.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_signal_ends_it_after_the_thing_in_hand() {
        let (signals, mut stop) = watch::channel(0);
        let mut worked_on = Vec::new();
        let seen = one_by_one(&[1, 2, 3], &mut stop, async |thing| {
            if *thing == 2 {
                signals.send_replace(1);
                tokio::task::yield_now().await;
            }
            worked_on.push(*thing);
            Ok(())
        });
        assert_eq!(seen.await.unwrap(), 2);
        assert_eq!(worked_on, [1, 2]);
    }

    #[tokio::test]
    async fn a_second_signal_ends_it_at_once() {
        let (signals, mut stop) = watch::channel(0);
        let seen = one_by_one(&[1, 2], &mut stop, async |_| {
            signals.send_replace(2);
            std::future::pending().await
        });
        assert!(seen.await.unwrap_err().to_string().contains("second signal"));
    }
}
