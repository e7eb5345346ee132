import { Button } from "@mantine/core";
import { IconPhotoOff, IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import type { ContentDetail } from "../../api/schema";
import { text } from "../../text";
import classes from "./PhotoSheet.module.css";

/** The thumbnail at once, the original over it as soon as it is there. */
export function PhotoSheet({ item, isActualSize }: { item: ContentDetail; isActualSize: boolean }) {
  const [isLoaded, setIsLoaded] = useState(false);
  const [hasFailed, setHasFailed] = useState(false);
  const { image_url, thumbnails } = item;
  if (image_url === null || hasFailed) {
    return (
      <div className={classes.sheet}>
        <div className={classes.missing}>
          <IconPhotoOff size={36} stroke={1.25} aria-hidden />
          {hasFailed ? text.picture.notLoaded : text.picture.missing}
          {hasFailed && (
            <Button
              variant="default"
              leftSection={<IconRefresh size={16} />}
              onClick={() => setHasFailed(false)}
            >
              {text.problems.again}
            </Button>
          )}
        </div>
      </div>
    );
  }
  return (
    <div className={classes.sheet} data-actual-size={isActualSize || undefined}>
      {!isLoaded && thumbnails.large && (
        <img src={thumbnails.large} alt="" className={classes.image} draggable={false} />
      )}
      <img
        src={image_url}
        alt={item.prompt || item.title || text.content.image(item.id)}
        className={classes.image}
        data-loaded={isLoaded || undefined}
        decoding="async"
        draggable={false}
        onLoad={() => setIsLoaded(true)}
        onError={() => setHasFailed(true)}
      />
    </div>
  );
}
