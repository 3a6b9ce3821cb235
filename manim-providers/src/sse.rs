//! Decodes server-sent events, in pieces of any size, within fixed bounds.
//!
//! Follows the event stream format of the HTML standard (section 9.2): CR, LF or CRLF end
//! a line, an empty line ends an event, several `data` lines are joined by LF. `id` and
//! `retry` are deliberately absent: a model's reply cannot be resumed.

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// The `event` field; empty when there was none.
    pub(crate) name: String,
    /// The joined `data` fields.
    pub(crate) data: String,
}

/// The most that a stream may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caps {
    /// Bytes in one line.
    pub(crate) line: usize,
    /// Bytes of data in one event.
    pub(crate) event: usize,
    /// Bytes in the whole stream.
    pub(crate) total: usize,
}

impl Default for Caps {
    /// A chunk of a model's reply is a few hundred bytes; 1 MiB is a broken or hostile server.
    fn default() -> Self {
        Self {
            line: 1 << 20,
            event: 1 << 20,
            total: 32 << 20,
        }
    }
}

/// Which bound a stream broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Overflow {
    #[error("a line is longer than {0} bytes")]
    Line(usize),
    #[error("an event is larger than {0} bytes")]
    Event(usize),
    #[error("the stream is larger than {0} bytes")]
    Total(usize),
}

/// Turns bytes into events. Memory: one line and one event, each within its cap.
#[derive(Debug)]
pub(crate) struct Decoder {
    caps: Caps,
    line: Vec<u8>,
    name: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    after_cr: bool,
    at_start: bool,
    total: usize,
}

impl Decoder {
    pub(crate) fn new(caps: Caps) -> Self {
        Self {
            caps,
            line: Vec::new(),
            name: Vec::new(),
            data: Vec::new(),
            has_data: false,
            after_cr: false,
            at_start: true,
            total: 0,
        }
    }

    /// Takes the next bytes and appends the events they complete.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], events: &mut Vec<Event>) -> Result<(), Overflow> {
        self.total = self.total.saturating_add(bytes.len());
        if self.total > self.caps.total {
            return Err(Overflow::Total(self.caps.total));
        }
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                return self.extend_line(bytes);
            };
            self.extend_line(&bytes[..end])?;
            self.after_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            self.end_line(events)?;
        }
        Ok(())
    }

    /// The stream is over. The standard drops an event that no empty line has ended; some
    /// servers forget that line after the last event, so it is given out.
    pub(crate) fn finish(&mut self, events: &mut Vec<Event>) -> Result<(), Overflow> {
        self.end_line(events)?;
        self.dispatch(events);
        Ok(())
    }

    fn extend_line(&mut self, bytes: &[u8]) -> Result<(), Overflow> {
        if self.line.len() + bytes.len() > self.caps.line {
            return Err(Overflow::Line(self.caps.line));
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self, events: &mut Vec<Event>) -> Result<(), Overflow> {
        let line = std::mem::take(&mut self.line);
        let text = match std::mem::take(&mut self.at_start) {
            true => line.strip_prefix(BOM).unwrap_or(&line),
            false => &line,
        };
        let outcome = match text.is_empty() {
            true => {
                self.dispatch(events);
                Ok(())
            }
            false => self.field(text),
        };
        self.line = line;
        self.line.clear();
        outcome
    }

    fn field(&mut self, line: &[u8]) -> Result<(), Overflow> {
        let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match &line[..colon] {
            b"data" => self.push_data(value),
            b"event" => {
                self.name = value.to_vec();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn push_data(&mut self, value: &[u8]) -> Result<(), Overflow> {
        if self.data.len() + value.len() + 1 > self.caps.event {
            return Err(Overflow::Event(self.caps.event));
        }
        if std::mem::replace(&mut self.has_data, true) {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(value);
        Ok(())
    }

    fn dispatch(&mut self, events: &mut Vec<Event>) {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        if std::mem::take(&mut self.has_data) {
            events.push(Event {
                name: String::from_utf8_lossy(&name).into_owned(),
                data: String::from_utf8_lossy(&data).into_owned(),
            });
        }
    }
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

#[cfg(test)]
mod tests;
