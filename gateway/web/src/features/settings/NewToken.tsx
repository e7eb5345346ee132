import { Alert, Button } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import type { NewTokenView } from "../../api/schema";
import { text } from "../../text";
import { CopyField } from "../../ui/CopyField";
import classes from "./NewToken.module.css";

/** A token that was just made: the only time that anybody sees it. */
export function NewToken({ created, onDone }: { created: NewTokenView; onDone: () => void }) {
  const link = `${location.origin}/login?token=${encodeURIComponent(created.token)}`;
  return (
    <Alert
      variant="light"
      color="yellow"
      icon={<IconKey size={18} />}
      title={text.settings.created(created.name)}
      role="status"
    >
      <div className={classes.new}>
        <p className={classes.warning}>{text.settings.createdWarning}</p>
        <CopyField label={text.settings.newToken} value={created.token} />
        <CopyField label={text.settings.newLink} value={link} />
        <div>
          <Button variant="default" onClick={onDone}>
            {text.settings.createdDone}
          </Button>
        </div>
      </div>
    </Alert>
  );
}
