import { useState } from "react";
import { text } from "../text";
import classes from "./Picture.module.css";

interface Props {
  src: string | null;
  alt: string;
  /** In pixels, of the original: the space is held before the first byte arrives. */
  width: number | null;
  height: number | null;
  isSimulated?: boolean;
  /** Off for what is on the screen at once. */
  isLazy?: boolean;
}

/** An image in a list. It fills its parent's width. */
export function Picture({ src, alt, width, height, isSimulated = false, isLazy = true }: Props) {
  const [isLoaded, setIsLoaded] = useState(false);
  const showIfThere = (image: HTMLImageElement | null) => {
    if (image?.complete) setIsLoaded(true); // from the browser's cache: nothing to fade in
  };
  const ratio = `${width ?? 1} / ${height ?? 1}`;
  if (src === null) {
    return (
      <div className={classes.frame} style={{ aspectRatio: ratio }}>
        <span className={classes.missing}>{text.picture.missing}</span>
      </div>
    );
  }
  return (
    <div className={classes.frame} style={{ aspectRatio: ratio }}>
      <img
        src={src}
        alt={alt}
        loading={isLazy ? "lazy" : "eager"}
        decoding="async"
        className={classes.image}
        data-loaded={isLoaded || undefined}
        ref={showIfThere}
        onLoad={() => setIsLoaded(true)}
      />
      {isSimulated && (
        <span className={classes.badge} title={text.picture.simulatedHelp}>
          {text.picture.simulated}
        </span>
      )}
    </div>
  );
}
