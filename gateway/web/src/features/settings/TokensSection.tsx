import { Skeleton } from "@mantine/core";
import { useState } from "react";
import { LoadFailed } from "../../ui/LoadFailed";
import { NewToken } from "./NewToken";
import { NewTokenForm } from "./NewTokenForm";
import { TokenList } from "./TokenList";
import classes from "./TokensSection.module.css";
import { useTokens } from "./useTokens";

export function TokensSection() {
  const tokens = useTokens();
  const { list, created } = tokens;
  const [wasCreated, setWasCreated] = useState(false); // then its form gets the focus back
  return (
    <div className={classes.tokens}>
      {created === null ? (
        <NewTokenForm
          hasFocus={wasCreated}
          fault={tokens.createFault}
          isBusy={tokens.isCreating}
          onCreate={tokens.create}
          onChange={tokens.forgetCreated}
        />
      ) : (
        <NewToken
          created={created}
          onDone={() => {
            setWasCreated(true);
            tokens.forgetCreated();
          }}
        />
      )}
      {list.error && !list.data && (
        <LoadFailed error={list.error} onRetry={() => void list.refetch()} />
      )}
      {list.isPending && <Skeleton height={120} />}
      {list.data && (
        <TokenList
          tokens={list.data.items}
          revoking={tokens.revoking}
          onRevoke={(id) => {
            if (created?.id === id) tokens.forgetCreated();
            tokens.revoke(id);
          }}
        />
      )}
    </div>
  );
}
