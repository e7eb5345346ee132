import { Popover, RingProgress, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { useJobs } from "../live/LiveContext";
import { text } from "../text";
import { arcOf } from "./arcOf";
import classes from "./QueueButton.module.css";
import { QueueList } from "./QueueList";

/** The queue, always in sight: what runs and how far it is, and what waits. */
export function QueueButton() {
  const [isOpen, setIsOpen] = useState(false);
  const jobs = useJobs();
  const running = jobs.filter((job) => job.status === "running");
  const pending = jobs.filter((job) => job.status === "pending");
  const parts = [
    running.length > 0 && text.queue.running(running.length),
    pending.length > 0 && text.queue.waiting(pending.length),
  ].filter((part) => part !== false);
  const summary = parts.join(" · ") || text.queue.idle;
  return (
    <Popover
      opened={isOpen}
      onChange={setIsOpen}
      position="bottom-end"
      width="min(360px, calc(100vw - 40px))"
      shadow="lg"
      trapFocus
    >
      <Popover.Target>
        <UnstyledButton
          className={classes.button}
          data-busy={parts.length > 0 || undefined}
          aria-label={text.queue.open(summary)}
          onClick={() => setIsOpen(!isOpen)}
        >
          <RingProgress
            size={24}
            thickness={3}
            roundCaps
            rootColor="var(--line)"
            sections={arcOf(running.at(-1))}
            aria-hidden
          />
          <span className={classes.summary}>{summary}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown}>
        <QueueList
          jobs={[...running.toReversed(), ...pending.toReversed()]}
          onLeave={() => setIsOpen(false)}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
