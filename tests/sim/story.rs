//! What happened, told when it went wrong.

/// Lines of a story that are told.
const TOLD: usize = 400;

/// What happened in a world, in order.
#[derive(Default)]
pub(crate) struct Story(Vec<String>);

impl Story {
    pub(crate) fn tell(&mut self, line: String) {
        self.0.push(line);
    }

    pub(crate) fn text(&self) -> String {
        let from = self.0.len().saturating_sub(TOLD);
        self.0[from..].join("\n")
    }
}
