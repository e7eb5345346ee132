import { IconStar, IconStarFilled } from "@tabler/icons-react";
import { text } from "../../text";
import { STARS } from "./stars";
import classes from "./StarRating.module.css";

interface Props {
  rating: number | null;
  /** Told the same rating again, it is to be cleared. */
  onRate: (stars: number) => void;
}

export function StarRating({ rating, onRate }: Props) {
  return (
    <div className={classes.stars} role="group" aria-label={text.content.rating}>
      {STARS.map((stars) => {
        const Star = stars <= (rating ?? 0) ? IconStarFilled : IconStar;
        return (
          <button
            key={stars}
            type="button"
            className={classes.star}
            aria-label={stars === rating ? text.content.unrate : text.content.rate(stars)}
            aria-pressed={stars === rating}
            data-filled={stars <= (rating ?? 0) || undefined}
            onClick={() => onRate(stars)}
          >
            <Star size={19} aria-hidden />
          </button>
        );
      })}
    </div>
  );
}
