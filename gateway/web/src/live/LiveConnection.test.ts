import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveConnection, type Source } from "./LiveConnection";

/** The browser's socket, as far as the connection sees it; the other side is the test. */
class FakeSocket extends EventTarget {
  static opened: FakeSocket[] = [];
  static readonly OPEN = 1;
  readyState = 0;
  binaryType = "blob";
  bufferedAmount = 0;
  sent: unknown[] = [];

  constructor(readonly url: string) {
    super();
    FakeSocket.opened.push(this);
  }

  send(body: string) {
    this.sent.push(JSON.parse(body));
  }

  close(code = 1000) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.dispatchEvent(new CloseEvent("close", { code, wasClean: true }));
  }

  opens() {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  says(frame: object) {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }
}

function aSource() {
  const nothing = vi.fn();
  return {
    handlers: {
      snapshot: vi.fn(),
      "job.created": nothing,
      "job.running": nothing,
      "job.retrying": nothing,
      "job.completed": nothing,
      "job.failed": nothing,
      "job.cancelled": nothing,
      "job.deleted": nothing,
      "job.progress": nothing,
      queue: nothing,
      "content.created": nothing,
      "content.updated": nothing,
      "content.deleted": nothing,
      error: nothing,
    },
    poll: vi.fn(() => Promise.resolve()),
    onSignedOut: vi.fn(),
  } satisfies Source;
}

const SNAPSHOT = { type: "snapshot", feed: "mine", jobs: [] };

async function nextSocket(count: number): Promise<FakeSocket> {
  while (FakeSocket.opened.length < count) await vi.advanceTimersByTimeAsync(100);
  const socket = FakeSocket.opened[count - 1];
  if (!socket) throw new Error("no socket was opened");
  return socket;
}

describe("the live connection", () => {
  let source: ReturnType<typeof aSource>;
  let connection: LiveConnection;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", FakeSocket);
    FakeSocket.opened = [];
    source = aSource();
    connection = new LiveConnection("ws://darkroom/api/v1/events", source);
    connection.start();
  });

  afterEach(() => {
    connection.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("subscribes to the feed at each connect, and is live with the snapshot", async () => {
    const first = await nextSocket(1);
    first.opens();
    expect(first.sent).toEqual([{ type: "subscribe", feed: "mine" }]);
    expect(connection.state()).toBe("connecting");
    first.says({ type: "hello", v: 1, heartbeat_s: 20 });
    first.says(SNAPSHOT);
    expect(connection.state()).toBe("live");
    expect(source.handlers.snapshot).toHaveBeenCalledOnce();

    first.close(1006);
    expect(connection.state()).toBe("connecting");
    const second = await nextSocket(2);
    second.opens();
    expect(second.sent).toEqual([{ type: "subscribe", feed: "mine" }]);
  });

  it("polls while it is down, and stops when it is back", async () => {
    const first = await nextSocket(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(connection.state()).toBe("polling");
    await vi.advanceTimersByTimeAsync(6_000);
    expect(source.poll.mock.calls.length).toBeGreaterThanOrEqual(3);

    const last = FakeSocket.opened.at(-1) ?? first;
    last.opens();
    last.says(SNAPSHOT);
    expect(connection.state()).toBe("live");
    source.poll.mockClear();
    await vi.advanceTimersByTimeAsync(9_000);
    expect(source.poll).not.toHaveBeenCalled();
  });

  it("goes on polling after a poll that failed", async () => {
    source.poll.mockRejectedValueOnce(new TypeError("failed to fetch"));
    await vi.advanceTimersByTimeAsync(7_000);
    expect(source.poll.mock.calls.length).toBeGreaterThanOrEqual(2);
  });

  it("leaves a socket on which nothing is heard", async () => {
    const first = await nextSocket(1);
    first.opens();
    first.says({ type: "hello", v: 1, heartbeat_s: 1 });
    first.says(SNAPSHOT);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(first.sent).toContainEqual({ type: "ping" });
    const second = await nextSocket(2);
    expect(second).not.toBe(first);
  });

  it("leaves its socket where a call was not answered, and only then", async () => {
    const first = await nextSocket(1);
    connection.doubt();
    expect(FakeSocket.opened).toEqual([first]);
    first.opens();
    first.says(SNAPSHOT);
    connection.doubt();
    const second = await nextSocket(2);
    expect(second).not.toBe(first);
    expect(connection.state()).toBe("connecting");
  });

  it("keeps a socket that answers, however late a hidden tab's timers come", async () => {
    const first = await nextSocket(1);
    first.opens();
    first.says({ type: "hello", v: 1, heartbeat_s: 1 });
    first.says(SNAPSHOT);
    for (let minute = 0; minute < 3; minute++) {
      vi.setSystemTime(Date.now() + 60_000);
      await vi.advanceTimersByTimeAsync(1_000);
      first.says({ type: "pong" });
    }
    expect(first.sent.filter((frame) => (frame as { type: string }).type === "ping")).toHaveLength(
      3,
    );
    expect(FakeSocket.opened).toEqual([first]);
  });

  it("opened again hears nothing of the socket that it left", async () => {
    const first = await nextSocket(1);
    first.opens();
    first.says(SNAPSHOT);
    connection.stop();
    connection.start();
    expect(connection.state()).toBe("connecting");
    const second = await nextSocket(2);
    second.opens();
    second.says(SNAPSHOT);
    first.says({ type: "job.deleted", job_id: "1" });
    first.close(1006);
    expect(connection.state()).toBe("live");
  });

  it("says so when the token was revoked", async () => {
    const first = await nextSocket(1);
    first.opens();
    first.close(4401);
    expect(source.onSignedOut).toHaveBeenCalledOnce();
  });

  it("leaves alone what it does not know", async () => {
    const first = await nextSocket(1);
    first.opens();
    expect(() => first.says({ type: "job.dreaming", job: {} })).not.toThrow();
  });

  it("asks for many jobs in frames that the server takes", async () => {
    const first = await nextSocket(1);
    first.opens();
    connection.askForJobs(Array.from({ length: 1100 }, (_, n) => String(n)));
    const asked = first.sent.slice(1) as { jobs: string[] }[];
    expect(asked.map(({ jobs }) => jobs.length)).toEqual([500, 500, 100]);
  });
});
