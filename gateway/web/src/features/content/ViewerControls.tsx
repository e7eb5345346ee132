import { ActionIcon, Tooltip } from "@mantine/core";
import { IconArrowLeft, IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import type { ContentDetail } from "../../api/schema";
import { text } from "../../text";
import { NeighbourLink } from "./NeighbourLink";
import classes from "./Viewer.module.css";

interface Props {
  item: ContentDetail;
  isActualSize: boolean;
  onZoom: () => void;
  onLeave: () => void;
}

const look = { size: 44, radius: "xl", variant: "transparent" } as const;

export function ViewerControls({ item, isActualSize, onZoom, onLeave }: Props) {
  const zoomLabel = isActualSize ? text.content.fit : text.content.actualSize;
  return (
    <>
      <Tooltip label={text.content.back} position="right">
        <ActionIcon
          {...look}
          className={`${classes.control} ${classes.back}`}
          aria-label={text.content.back}
          onClick={onLeave}
        >
          <IconArrowLeft size={20} />
        </ActionIcon>
      </Tooltip>
      {item.image_url !== null && (
        <Tooltip label={`${zoomLabel} (Z)`} position="left">
          <ActionIcon
            {...look}
            className={`${classes.control} ${classes.tools}`}
            aria-label={zoomLabel}
            onClick={onZoom}
          >
            {isActualSize ? <IconZoomOut size={20} /> : <IconZoomIn size={20} />}
          </ActionIcon>
        </Tooltip>
      )}
      <NeighbourLink side="newer" id={item.previous_id} />
      <NeighbourLink side="older" id={item.next_id} />
    </>
  );
}
