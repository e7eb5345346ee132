import { useRef } from "react";
import type { TokenView } from "../../api/schema";
import { text } from "../../text";
import { useFocusInPlace } from "../../ui/useFocusInPlace";
import classes from "./TokenList.module.css";
import { TokenRow } from "./TokenRow";

interface Props {
  tokens: readonly TokenView[];
  revoking: string | null;
  onRevoke: (id: string) => void;
}

export function TokenList({ tokens, revoking, onRevoke }: Props) {
  const list = useRef<HTMLUListElement>(null);
  useFocusInPlace(list);
  return (
    <ul ref={list} className={classes.list} aria-label={text.settings.tokens}>
      {tokens.map((token, index) => (
        <TokenRow
          key={token.id}
          index={index}
          token={token}
          isBusy={revoking === token.id}
          onRevoke={() => onRevoke(token.id)}
        />
      ))}
    </ul>
  );
}
