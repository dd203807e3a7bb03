//! A child process that is measured: it is told what to do line by line, and answers in lines.

use std::process::Stdio;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout, Command};

/// A child that says nothing for this long is stuck.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) struct Child {
    process: tokio::process::Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Child {
    /// Starts this program again with a part of its own; it ends with this process.
    pub(super) fn start(arguments: &[&str], pin: Option<usize>) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command.arg("load").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        if let Some(cpu) = pin {
            command.arg("--pin").arg(cpu.to_string());
        }
        let mut process = command.spawn().map_err(|error| format!("a child process cannot be started: {error}"))?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let (Some(input), Some(output)) = (input, output) else {
            return Err("a child process has no pipes".to_owned());
        };
        Ok(Self { process, input, output: BufReader::new(output).lines() })
    }

    /// The next line that the child says.
    pub(super) async fn line(&mut self) -> Result<String, String> {
        let line = tokio::time::timeout(PATIENCE, self.output.next_line()).await;
        match line.map_err(|_| "a child process is stuck".to_owned())?.map_err(|error| error.to_string())? {
            Some(line) => Ok(line),
            None => Err("a child process ended before its time; what it said stands above".to_owned()),
        }
    }

    pub(super) async fn say(&mut self, line: &str) -> Result<(), String> {
        let text = format!("{line}\n");
        self.input.write_all(text.as_bytes()).await.map_err(|error| format!("a child process is gone: {error}"))
    }

    /// Says something and reads the answer.
    pub(super) async fn ask<T: DeserializeOwned>(&mut self, line: &str) -> Result<T, String> {
        self.say(line).await?;
        let answer = self.line().await?;
        serde_json::from_str(&answer).map_err(|error| format!("a child process answered {answer:?}: {error}"))
    }

    /// Closes the child's input, whereupon it ends.
    pub(super) async fn finish(mut self) -> Result<(), String> {
        drop(self.input);
        let status = tokio::time::timeout(PATIENCE, self.process.wait()).await;
        let status =
            status.map_err(|_| "a child process does not end".to_owned())?.map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("a child process failed: {status}")) }
    }
}
