import { Link } from "@tanstack/react-router";
import type { CSSProperties } from "react";
import type { ContentView } from "../../api/schema";
import { text } from "../../text";
import { Picture } from "../../ui/Picture";
import { ratioOf } from "../../ui/ratioOf";
import { isSimulated } from "../../ui/simulated";
import { thumbnailFor } from "../../ui/thumbnailFor";
import classes from "./Tile.module.css";

interface Props {
  item: ContentView;
  /** About how tall it is shown, in CSS pixels. */
  height: number;
  isLazy: boolean;
}

export function Tile({ item, height, isLazy }: Props) {
  const ratio = ratioOf(item);
  return (
    <Link
      to="/$contentId"
      params={{ contentId: String(item.id) }}
      className={classes.tile}
      style={{ "--ratio": ratio } as CSSProperties}
    >
      <Picture
        src={thumbnailFor(item, { width: height * ratio, height })}
        alt={text.picture.open(item.title || item.prompt || text.picture.untitled)}
        width={ratio}
        height={1}
        isSimulated={isSimulated(item)}
        isLazy={isLazy}
      />
    </Link>
  );
}
