import { useNavigate, useRouter } from "@tanstack/react-router";
import { type CSSProperties, useState } from "react";
import { problemIn } from "../../api/problems";
import type { ContentDetail } from "../../api/schema";
import { LoadFailed } from "../../ui/LoadFailed";
import { usePageKeys } from "../../ui/usePageKeys";
import { Gone } from "./Gone";
import classes from "./ItemPage.module.css";
import { ItemSkeleton } from "./ItemSkeleton";
import { RemovalDialog } from "./RemovalDialog";
import { SidePanel } from "./SidePanel";
import { STARS } from "./stars";
import { useContentChange } from "./useContentChange";
import { useContentItem } from "./useContentItem";
import { useEarlyKeys } from "./useEarlyKeys";
import { useRemoval } from "./useRemoval";
import { Viewer } from "./Viewer";

export function ItemPage({ id }: { id: number }) {
  const { item, error, refetch } = useContentItem(id);
  const removal = useRemoval();
  useEarlyKeys(item);
  const isGone = problemIn(error)?.status === 404;
  if (isGone && removal.variables?.id !== id) return <Gone />;
  if (!item) {
    return error ? <LoadFailed error={error} onRetry={() => void refetch()} /> : <ItemSkeleton />;
  }
  return <Item item={item} isRemoving={removal.isPending} onRemove={() => removal.mutate(item)} />;
}

interface Props {
  item: ContentDetail;
  isRemoving: boolean;
  onRemove: () => void;
}

function Item({ item, isRemoving, onRemove }: Props) {
  const [isAsking, setIsAsking] = useState(false);
  const change = useContentChange();
  const goBack = useGoBack();
  const rate = (stars: number) => change(item.id, { rating: item.rating === stars ? null : stars });
  const favor = () => change(item.id, { is_favorite: !item.is_favorite });
  usePageKeys([
    ["f", favor],
    ["delete", () => setIsAsking(true)],
    ...STARS.map((stars) => [`${stars}`, () => rate(stars)] as const),
  ]);
  return (
    <article className={classes.page} style={sizeOf(item)}>
      <Viewer item={item} onLeave={goBack} />
      <SidePanel
        key={item.id}
        item={item}
        onFavor={favor}
        onRate={rate}
        onChange={(changes) => change(item.id, changes)}
        onDelete={() => setIsAsking(true)}
      />
      <RemovalDialog
        isOpen={isAsking || isRemoving}
        isBusy={isRemoving}
        onConfirm={() => {
          setIsAsking(false);
          onRemove();
        }}
        onClose={() => setIsAsking(false)}
      />
    </article>
  );
}

/** For the stage's style sheets. */
function sizeOf({ width, height }: ContentDetail): CSSProperties {
  return { "--width": width ?? 1024, "--height": height ?? 1024 } as CSSProperties;
}

/** To where one came from, with its filters and its place; else to the gallery. */
function useGoBack() {
  const router = useRouter();
  const navigate = useNavigate();
  return () => {
    if (router.history.canGoBack()) router.history.back();
    else void navigate({ to: "/gallery" });
  };
}
