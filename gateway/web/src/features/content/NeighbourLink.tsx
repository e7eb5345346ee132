import { ActionIcon, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { text } from "../../text";
import classes from "./Viewer.module.css";

interface Props {
  side: "newer" | "older";
  id: number | null;
}

/** Takes the place of this address in the history, as the arrow keys do. */
export function NeighbourLink({ side, id }: Props) {
  if (id === null) return null;
  const [label, hint, Chevron] =
    side === "newer"
      ? [text.content.newer, "←", IconChevronLeft]
      : [text.content.older, "→", IconChevronRight];
  return (
    <Tooltip label={`${label} (${hint})`} position={side === "newer" ? "right" : "left"}>
      <ActionIcon
        size={44}
        radius="xl"
        variant="transparent"
        className={`${classes.control} ${classes[side]}`}
        aria-label={label}
        renderRoot={(props) => (
          <Link to="/$contentId" params={{ contentId: String(id) }} replace {...props} />
        )}
      >
        <Chevron size={24} />
      </ActionIcon>
    </Tooltip>
  );
}
