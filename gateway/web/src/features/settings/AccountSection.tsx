import { Button, Skeleton } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { IconLogout } from "@tabler/icons-react";
import { $api, api } from "../../api/client";
import { Refused } from "../../api/problems";
import { text } from "../../text";
import { complain } from "../../ui/complain";
import { LoadFailed } from "../../ui/LoadFailed";
import { Mark } from "../../ui/Mark";
import classes from "./AccountSection.module.css";

/** Who is signed in here, and the way out. */
export function AccountSection() {
  const me = $api.useQuery("get", "/api/v1/me");
  const signOut = useMutation({
    mutationFn: async () => {
      const { error } = await api.DELETE("/api/v1/session");
      if (error) throw new Refused(error);
    },
    // A whole new page: nothing of this person is left in memory.
    onSuccess: () => location.assign("/login"),
    onError: (error) => complain(text.settings.signOutFailed, error),
  });
  if (me.error) return <LoadFailed error={me.error} onRetry={() => void me.refetch()} />;
  if (!me.data) return <Skeleton height={56} />;
  return (
    <div className={classes.account}>
      <div>
        <div className={classes.name}>
          {me.data.name}
          {me.data.is_admin && <Mark title={text.settings.adminHelp}>{text.settings.admin}</Mark>}
        </div>
        <div className={classes.limit}>
          {text.settings.unfinished(me.data.unfinished, me.data.max_unfinished)}
        </div>
      </div>
      <Button
        variant="default"
        leftSection={<IconLogout size={16} />}
        loading={signOut.isPending || signOut.isSuccess}
        onClick={() => signOut.mutate()}
      >
        {text.settings.signOut}
      </Button>
    </div>
  );
}
