import { IconHeart, IconHeartFilled } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { memo, useState } from "react";
import type { ContentView } from "../../api/schema";
import { text } from "../../text";
import { Picture } from "../../ui/Picture";
import { isSimulated, SIMULATED } from "../../ui/simulated";
import { thumbnailFor } from "../../ui/thumbnailFor";
import classes from "./Tile.module.css";

interface Props {
  item: ContentView;
  index: number;
  left: number;
  width: number;
  height: number;
  /** The one tile that Tab reaches. */
  isActive: boolean;
  onFocus: (id: number) => void;
  onFavor: (item: ContentView) => void;
}

const MOST_TAGS = 3;

export const Tile = memo(function Tile(props: Props) {
  const { item, index, left, width, height, isActive, onFocus, onFavor } = props;
  const words = item.title || item.prompt;
  const tags = item.tags.filter((tag) => tag !== SIMULATED).slice(0, MOST_TAGS);
  const Heart = item.is_favorite ? IconHeartFilled : IconHeart;
  const [isLookedAt, setIsLookedAt] = useState(false);
  const look = () => setIsLookedAt(true);
  return (
    <div
      role="gridcell"
      className={classes.tile}
      style={{ left, width, height }}
      onPointerEnter={look}
      onFocus={look}
    >
      <a
        href={`/${item.id}`}
        className={classes.link}
        tabIndex={isActive ? 0 : -1}
        data-index={index}
        onFocus={() => onFocus(item.id)}
      >
        <Picture
          src={thumbnailFor(item, { width, height })}
          alt={text.picture.open(words || text.content.image(item.id))}
          width={width}
          height={height}
          isSimulated={isSimulated(item)}
          isLazy={false}
        />
      </a>
      {isLookedAt && (
        <div className={classes.about}>
          <span className={classes.words}>{words}</span>
          {tags.length > 0 && (
            <span className={classes.tags}>
              {tags.map((tag) => (
                <Link key={tag} to="/gallery" search={{ tag: [tag] }} tabIndex={-1}>
                  {tag}
                </Link>
              ))}
            </span>
          )}
        </div>
      )}
      <button
        type="button"
        className={classes.favorite}
        tabIndex={-1}
        aria-pressed={item.is_favorite}
        aria-label={item.is_favorite ? text.gallery.unfavor : text.gallery.favor}
        onClick={() => onFavor(item)}
      >
        <Heart size={18} aria-hidden />
      </button>
    </div>
  );
});
