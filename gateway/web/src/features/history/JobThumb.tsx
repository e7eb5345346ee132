import { IconCircleOff, IconClock, IconPhotoOff } from "@tabler/icons-react";
import { RingProgress } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { LiveJob } from "../../live/JobStore";
import { text } from "../../text";
import { arcOf } from "../../ui/arcOf";
import { Picture } from "../../ui/Picture";
import { actionsOf } from "./actions";
import classes from "./JobThumb.module.css";

/** The image of a job, which opens it; or, where there is none, why. */
export function JobThumb({ job }: { job: LiveJob }) {
  if (actionsOf(job).includes("open")) {
    return (
      <Link
        to="/$contentId"
        params={{ contentId: String(job.content_id) }}
        className={classes.thumb}
      >
        <Picture
          src={job.thumbnail_url ?? null}
          alt={text.picture.open(job.prompt)}
          width={1}
          height={1}
        />
      </Link>
    );
  }
  return <div className={classes.standIn}>{standIn(job)}</div>;
}

function standIn(job: LiveJob) {
  switch (job.status) {
    case "pending":
      return <IconClock size={24} stroke={1.5} aria-hidden />;
    case "running":
      return (
        <RingProgress
          size={56}
          thickness={4}
          roundCaps
          rootColor="var(--line)"
          sections={arcOf(job)}
          aria-hidden
        />
      );
    case "completed":
      return (
        <>
          <IconPhotoOff size={24} stroke={1.5} aria-hidden />
          <span className={classes.words}>{text.picture.deleted}</span>
        </>
      );
    case "failed":
      return <IconPhotoOff size={24} stroke={1.5} aria-hidden />;
    case "cancelled":
      return <IconCircleOff size={24} stroke={1.5} aria-hidden />;
  }
}
