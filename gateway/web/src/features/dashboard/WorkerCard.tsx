import { Button } from "@mantine/core";
import type { WorkerView } from "../../api/schema";
import { text } from "../../text";
import { When } from "../../ui/When";
import { useWorkerControl } from "./useWorkerControl";
import classes from "./WorkerCard.module.css";
import { comfyVersion, deviceName, workerState } from "./workerState";

interface Props {
  worker: WorkerView;
  isAdmin: boolean;
}

export function WorkerCard({ worker, isAdmin }: Props) {
  const { want, isBusy } = useWorkerControl(worker.id);
  const state = workerState(worker);
  const version = comfyVersion(worker);
  const queue = text.dashboard.held(worker.jobs.running, worker.jobs.waiting);
  const next = worker.wanted === "run" ? "drain" : "run";
  return (
    <li className={classes.worker}>
      <div className={classes.head}>
        <span className={classes.dot} data-state={state} aria-hidden />
        <span className={classes.name} title={worker.id}>
          {worker.id}
        </span>
        <span className={classes.state}>{text.dashboard.states[state]}</span>
      </div>
      <dl className={classes.facts}>
        <Fact label={text.dashboard.gpu} value={deviceName(worker)} />
        <Fact label={text.dashboard.comfyui} value={version} />
        <Fact label={text.dashboard.loaded} value={worker.loaded_checkpoint} />
        <Fact label={text.dashboard.queue} value={queue} />
        <div>
          <dt>{text.dashboard.seen}</dt>
          <dd>
            <When at={worker.last_seen_at} />
          </dd>
        </div>
      </dl>
      {isAdmin && (
        <Button
          variant="default"
          size="compact-sm"
          loading={isBusy}
          title={text.dashboard.wantHelp[next]}
          aria-label={`${text.dashboard.want[next]}: ${worker.id}`}
          onClick={() => want(next)}
        >
          {text.dashboard.want[next]}
        </Button>
      )}
    </li>
  );
}

function Fact({ label, value }: { label: string; value: string | null }) {
  if (value === null) return null;
  return (
    <div>
      <dt>{label}</dt>
      <dd title={value}>{value}</dd>
    </div>
  );
}
