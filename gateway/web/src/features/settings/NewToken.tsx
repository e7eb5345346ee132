import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";
import type { NewTokenView } from "../../api/schema";
import { text } from "../../text";
import { CopyField } from "../../ui/CopyField";
import { Notice } from "../../ui/Notice";
import classes from "./NewToken.module.css";

/** A token that was just made: the only time that anybody sees it. */
export function NewToken({ created, onDone }: { created: NewTokenView; onDone: () => void }) {
  const link = `${location.origin}/login?token=${encodeURIComponent(created.token)}`;
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.focus(), []); // the form that had the focus is gone
  return (
    <div ref={place} className={classes.place} role="status" tabIndex={-1}>
      <Notice
        tone="warn"
        title={text.settings.created(created.name)}
        body={text.settings.createdWarning}
      >
        <div className={classes.new}>
          <CopyField label={text.settings.newToken} value={created.token} />
          <CopyField label={text.settings.newLink} value={link} />
          <div>
            <Button variant="default" onClick={onDone}>
              {text.settings.createdDone}
            </Button>
          </div>
        </div>
      </Notice>
    </div>
  );
}
