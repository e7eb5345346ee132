import { VisuallyHidden } from "@mantine/core";
import { useState } from "react";
import { text } from "../text";
import classes from "./Picture.module.css";

const PAUSES_MS = [1_000, 4_000, 16_000]; // a browser gives up at once, and for ever

interface Props {
  src: string | null;
  alt: string;
  /** In pixels, of the original: the space is held before the first byte arrives. */
  width: number | null;
  height: number | null;
  isSimulated?: boolean;
  /** Off for what is on the screen at once, or passes it quickly: each that fades in is a layer of its own. */
  isLazy?: boolean;
}

/** An image in a list. It fills its parent's width; around it, a link gets its name from it. */
export function Picture({ src, alt, width, height, isSimulated = false, isLazy = true }: Props) {
  const [tries, setTries] = useState(0);
  const tryAgainLater = () => {
    const pause = PAUSES_MS[tries];
    if (pause !== undefined) setTimeout(() => setTries(tries + 1), pause);
  };
  const ratio = `${width ?? 1} / ${height ?? 1}`;
  if (src === null) {
    return (
      <div className={classes.frame} style={{ aspectRatio: ratio }}>
        {alt !== "" && <VisuallyHidden>{alt}. </VisuallyHidden>}
        <span className={classes.missing}>{text.picture.missing}</span>
      </div>
    );
  }
  return (
    <div className={classes.frame} style={{ aspectRatio: ratio }}>
      <img
        key={tries}
        src={src}
        alt={alt}
        loading={isLazy ? "lazy" : "eager"}
        // Decoded apart, it is painted twice: without the image, and again with it.
        decoding={isLazy ? "async" : "auto"}
        className={classes.image}
        data-fades={isLazy || undefined}
        ref={showIfThere}
        onLoad={({ currentTarget }) => show(currentTarget)}
        onError={tryAgainLater}
      />
      {isSimulated && (
        <span className={classes.badge} title={text.picture.simulatedHelp}>
          {text.picture.simulated}
        </span>
      )}
    </div>
  );
}

function showIfThere(image: HTMLImageElement | null) {
  if (image?.complete) show(image); // from the browser's cache: nothing to fade in
}

/** Without a rendering: a gallery shows a thousand of them. */
function show(image: HTMLImageElement) {
  image.dataset.loaded = "true";
}
