/** The page's one store and one connection, and how frames reach them. */
import type { QueryClient } from "@tanstack/react-query";
import { api, tellSignedOut } from "../api/client";
import type { JobView } from "../api/schema";
import {
  contentCreated,
  contentDeleted,
  contentMayHaveChanged,
  contentUpdated,
} from "./contentCache";
import { JobStore } from "./JobStore";
import { LiveConnection, type Source } from "./LiveConnection";

const JOB_LISTS = ["get", "/api/v1/generation-jobs"] as const;
const MOST_POLLED = 200;

export interface Live {
  store: JobStore;
  connection: LiveConnection;
}

export function createLive(cache: QueryClient): Live {
  const store = new JobStore();
  const takeJob = ({ job }: { job: JobView }) => store.take(job);
  const everythingMayHaveChanged = () => {
    void cache.invalidateQueries({ queryKey: JOB_LISTS });
    contentMayHaveChanged(cache);
  };

  const source: Source = {
    handlers: {
      snapshot: (frame) => {
        if (!frame.feed) {
          store.take(...frame.jobs);
          return;
        }
        connection.askForJobs(store.takeFeed(frame.jobs));
        everythingMayHaveChanged();
      },
      "job.created": takeJob,
      "job.running": takeJob,
      "job.retrying": takeJob,
      "job.completed": takeJob,
      "job.failed": takeJob,
      "job.cancelled": takeJob,
      "job.deleted": ({ job_id }) => store.remove(job_id),
      "job.progress": (frame) => store.takeProgress(frame),
      queue: (frame) => store.takeQueue(frame),
      "content.created": ({ content }) => contentCreated(cache, content),
      "content.updated": ({ content }) => contentUpdated(cache, content),
      "content.deleted": ({ content }) => {
        store.forgetContent(content.id);
        contentDeleted(cache, content.id);
      },
      error: ({ code, jobs = [] }) => {
        if (code === "not_found") store.remove(...jobs);
      },
    },
    poll: async () => {
      await poll(store);
      everythingMayHaveChanged();
    },
    onSignedOut: tellSignedOut,
  };
  const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/events`;
  const connection = new LiveConnection(url, source);
  return { store, connection };
}

/** What the feed would have told: all unfinished jobs, and what became of those that were. */
async function poll(store: JobStore) {
  const { data } = await api.GET("/api/v1/generation-jobs", {
    params: { query: { status: ["pending", "running"], limit: MOST_POLLED } },
  });
  if (!data) return;
  const oldest = data.next_cursor ? data.items.at(-1)?.id : undefined;
  const unlisted = store.takeFeed(data.items).filter((id) => oldest === undefined || id > oldest);
  await Promise.all(unlisted.map((id) => readOne(store, id)));
}

async function readOne(store: JobStore, id: string) {
  const { data, response } = await api.GET("/api/v1/generation-jobs/{job_id}", {
    params: { path: { job_id: id } },
  });
  if (data) store.take(data);
  else if (response.status === 404) store.remove(id);
}
