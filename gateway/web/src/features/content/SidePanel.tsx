import type { ContentDetail } from "../../api/schema";
import { text } from "../../text";
import { Shortcuts } from "../../ui/Shortcuts";
import { ItemActions } from "./ItemActions";
import { JobFacts } from "./JobFacts";
import { ParameterList } from "./ParameterList";
import { PromptText } from "./PromptText";
import classes from "./SidePanel.module.css";
import { StarRating } from "./StarRating";
import { TagEditor } from "./TagEditor";
import { TitleEditor } from "./TitleEditor";
import type { Changes } from "./useContentChange";

interface Props {
  item: ContentDetail;
  onFavor: () => void;
  onRate: (stars: number) => void;
  onChange: (changes: Changes) => void;
  onDelete: () => void;
}

const { keys } = text.content;

const SHORTCUTS = [
  { keys: ["←", "→"], does: keys.neighbours },
  { keys: ["Z"], does: keys.zoom },
  { keys: ["F"], does: keys.favor },
  { keys: ["1", "…", "5"], does: keys.rate },
  { keys: [text.keys.delete], does: text.content.delete },
  { keys: [text.keys.escape], does: keys.back },
];

/** All that is known of an image, and what can be done with it. */
export function SidePanel({ item, onFavor, onRate, onChange, onDelete }: Props) {
  return (
    <div className={classes.panel} role="region" aria-label={text.content.details}>
      <TitleEditor item={item} onChange={(title) => onChange({ title })} />
      <div className={classes.rating}>
        <StarRating rating={item.rating} onRate={onRate} />
        <Shortcuts shortcuts={SHORTCUTS} />
      </div>
      <ItemActions item={item} onFavor={onFavor} onDelete={onDelete} />
      <PromptText
        label={text.content.prompt}
        copyLabel={text.content.copyPrompt}
        words={item.prompt}
      />
      {item.negative_prompt !== "" && (
        <PromptText
          label={text.content.negativePrompt}
          copyLabel={text.content.copyNegativePrompt}
          words={item.negative_prompt}
        />
      )}
      <TagEditor tags={item.tags} onChange={(tags) => onChange({ tags })} />
      <ParameterList params={item.params} />
      <JobFacts item={item} />
    </div>
  );
}
