import { useRef } from "react";
import type { ContentDetail } from "../../api/schema";
import { text } from "../../text";
import { usePageKeys } from "../../ui/usePageKeys";
import { PhotoSheet } from "./PhotoSheet";
import { useNeighbours } from "./useNeighbours";
import { useZoom } from "./useZoom";
import classes from "./Viewer.module.css";
import { ViewerControls } from "./ViewerControls";

interface Props {
  item: ContentDetail;
  onLeave: () => void;
}

const STEP_PX = 80;

/** The image on its stage: whole, or at its own size to be moved about. */
export function Viewer({ item, onLeave }: Props) {
  const stage = useRef<HTMLDivElement>(null);
  const zoom = useZoom(item.id, stage);
  const { goNewer, goOlder } = useNeighbours(item);
  const pan = (x: number, y: number) => zoom.pan(x * STEP_PX, y * STEP_PX);
  const hasFile = item.image_url !== null;
  usePageKeys([
    ["ArrowLeft", () => pan(-1, 0) || goNewer()],
    ["ArrowRight", () => pan(1, 0) || goOlder()],
    ["ArrowUp", () => pan(0, -1)],
    ["ArrowDown", () => pan(0, 1)],
    ["z", () => hasFile && zoom.toggle()],
    ["Escape", () => (zoom.isActualSize ? zoom.toggle() : onLeave())],
  ]);
  return (
    <div className={classes.viewer}>
      <div
        ref={stage}
        className={classes.stage}
        data-actual-size={zoom.isActualSize || undefined}
        role="group"
        aria-label={text.content.stage}
        tabIndex={zoom.isActualSize ? 0 : -1}
        {...(hasFile ? zoom.pointer : {})}
      >
        <PhotoSheet key={item.id} item={item} isActualSize={zoom.isActualSize} />
      </div>
      <ViewerControls
        item={item}
        isActualSize={zoom.isActualSize}
        onZoom={zoom.toggle}
        onLeave={onLeave}
      />
    </div>
  );
}
