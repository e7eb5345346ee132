import type { WorkerView } from "../../api/schema";
import { text } from "../../text";
import { WorkerCard } from "./WorkerCard";
import classes from "./WorkersPanel.module.css";

interface Props {
  workers: readonly WorkerView[];
  isAdmin: boolean;
}

/** Those that are there; and, in a fold, those that were. */
export function WorkersPanel({ workers, isAdmin }: Props) {
  const live = workers.filter((worker) => worker.is_live);
  const gone = workers.filter((worker) => !worker.is_live);
  return (
    <section aria-labelledby="workers">
      <h2 id="workers" className={classes.title}>
        {text.dashboard.workers}
      </h2>
      {live.length === 0 && <p className={classes.none}>{text.dashboard.noWorkers}</p>}
      <ul className={classes.list}>
        {live.map((worker) => (
          <WorkerCard key={worker.id} worker={worker} isAdmin={isAdmin} />
        ))}
      </ul>
      {gone.length > 0 && (
        <details className={classes.gone}>
          <summary>{text.dashboard.gone(gone.length)}</summary>
          <ul className={classes.list}>
            {gone.map((worker) => (
              <WorkerCard key={worker.id} worker={worker} isAdmin={isAdmin} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
