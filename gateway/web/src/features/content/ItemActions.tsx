import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconDownload, IconHeart, IconHeartFilled, IconTrash, IconWand } from "@tabler/icons-react";
import type { ContentDetail } from "../../api/schema";
import { text } from "../../text";
import { useGenerateAgain } from "../generate/useGenerateAgain";
import classes from "./ItemActions.module.css";

interface Props {
  item: ContentDetail;
  onFavor: () => void;
  onDelete: () => void;
}

const look = { size: 36, variant: "default" } as const;

export function ItemActions({ item, onFavor, onDelete }: Props) {
  const generateAgain = useGenerateAgain();
  const favorLabel = item.is_favorite ? text.gallery.unfavor : text.gallery.favor;
  return (
    <div className={classes.actions}>
      <Button
        className={classes.again}
        leftSection={<IconWand size={17} />}
        onClick={() => generateAgain(item)}
      >
        {text.content.generateAgain}
      </Button>
      <Tooltip label={`${favorLabel} (F)`}>
        <ActionIcon
          {...look}
          aria-label={favorLabel}
          aria-pressed={item.is_favorite}
          onClick={onFavor}
        >
          {item.is_favorite ? (
            <IconHeartFilled size={18} className={classes.favorite} />
          ) : (
            <IconHeart size={18} />
          )}
        </ActionIcon>
      </Tooltip>
      {item.image_url !== null && (
        <Tooltip label={text.content.download}>
          <ActionIcon
            {...look}
            component="a"
            href={`${item.image_url}&download=1`}
            download
            aria-label={text.content.download}
          >
            <IconDownload size={18} />
          </ActionIcon>
        </Tooltip>
      )}
      <Tooltip label={`${text.content.delete} (${text.keys.delete})`}>
        <ActionIcon {...look} aria-label={text.content.delete} onClick={onDelete}>
          <IconTrash size={18} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
