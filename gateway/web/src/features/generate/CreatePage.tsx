import { text } from "../../text";
import { GenerateTabs } from "../../ui/GenerateTabs";
import { LoadFailed } from "../../ui/LoadFailed";
import classes from "./CreatePage.module.css";
import { FormSkeleton } from "./FormSkeleton";
import { GenerateForm } from "./GenerateForm";
import { GenerationStatus } from "./GenerationStatus";
import { RecentImages } from "./RecentImages";
import { useDiscovery } from "./useDiscovery";

export function CreatePage() {
  const { workflows, models, error, retry } = useDiscovery();
  return (
    <>
      <GenerateTabs />
      <div className={classes.columns}>
        <section className={classes.form} aria-label={text.form.title}>
          {workflows ? (
            <GenerateForm workflows={workflows} models={models} />
          ) : error === null ? (
            <FormSkeleton />
          ) : (
            <LoadFailed error={error} onRetry={retry} />
          )}
        </section>
        <div className={classes.results}>
          <GenerationStatus />
          <RecentImages />
        </div>
      </div>
    </>
  );
}
