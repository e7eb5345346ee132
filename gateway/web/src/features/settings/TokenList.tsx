import type { TokenView } from "../../api/schema";
import { text } from "../../text";
import classes from "./TokenList.module.css";
import { TokenRow } from "./TokenRow";

interface Props {
  tokens: readonly TokenView[];
  revoking: string | null;
  onRevoke: (id: string) => void;
}

export function TokenList({ tokens, revoking, onRevoke }: Props) {
  return (
    <ul className={classes.list} aria-label={text.settings.tokens}>
      {tokens.map((token) => (
        <TokenRow
          key={token.id}
          token={token}
          isBusy={revoking === token.id}
          onRevoke={() => onRevoke(token.id)}
        />
      ))}
    </ul>
  );
}
