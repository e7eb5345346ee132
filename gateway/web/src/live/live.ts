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

  let newestPolled: number | undefined;
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
      const [hasEnded, newest] = await Promise.all([poll(store), newestContent()]);
      // A long gallery is many pages: they are read again only where something was made.
      if (hasEnded || newest !== newestPolled) everythingMayHaveChanged();
      newestPolled = newest;
    },
    onSignedOut: tellSignedOut,
  };
  const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/events`;
  const connection = new LiveConnection(url, source);
  return { store, connection };
}

/** What the feed would have told: all unfinished jobs, and what became of those that were.
 *  Returns whether there were such. */
async function poll(store: JobStore): Promise<boolean> {
  const { data } = await api.GET("/api/v1/generation-jobs", {
    params: { query: { status: ["pending", "running"], limit: MOST_POLLED } },
  });
  if (!data) return false;
  const oldest = data.next_cursor ? data.items.at(-1)?.id : undefined;
  const unlisted = store.takeFeed(data.items).filter((id) => oldest === undefined || id > oldest);
  await Promise.all(unlisted.map((id) => readOne(store, id)));
  return unlisted.length > 0;
}

async function newestContent(): Promise<number | undefined> {
  const { data } = await api.GET("/api/v1/content-items", { params: { query: { limit: 1 } } });
  return data?.items[0]?.id;
}

async function readOne(store: JobStore, id: string) {
  const { data, response } = await api.GET("/api/v1/generation-jobs/{job_id}", {
    params: { path: { job_id: id } },
  });
  if (data) store.take(data);
  else if (response.status === 404) store.remove(id);
}
