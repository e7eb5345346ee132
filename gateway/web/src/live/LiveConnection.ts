/**
 * Keeps the store told: over the WebSocket, and by asking every few seconds while that is down.
 *
 * connecting ──hello──▶ live ──closed──▶ connecting ──no hello for a while──▶ polling ──hello──▶ live
 */
import ReconnectingSocket from "partysocket/ws";
import { dispatch, type Handlers, MOST_IDS, type Request } from "./frames";

export type LiveState = "connecting" | "live" | "polling";

export interface Source {
  handlers: Omit<Handlers, "hello" | "pong">;
  /** Reads over HTTP what the feed would tell. */
  poll: () => Promise<void>;
  /** The session has ended: the token was revoked. */
  onSignedOut: () => void;
}

const PATIENCE_MS = 2_500; // before polling begins
const POLL_MS = 3_000;
const REVOKED = 4401;

export class LiveConnection {
  private socket: ReconnectingSocket | null = null;
  private listeners = new Set<() => void>();
  private current: LiveState = "connecting";
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private pollTimer: ReturnType<typeof setTimeout> | undefined;
  private heardAt = 0;
  private isAnswered = true;
  private heartbeatMs = 20_000;

  constructor(
    private readonly url: string,
    private readonly source: Source,
  ) {}

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  state = (): LiveState => this.current;

  start() {
    this.socket = new ReconnectingSocket(this.url, [], {
      maxEnqueuedMessages: 0, // asked again after each connect; nothing is sent late
      minReconnectionDelay: 300,
      maxReconnectionDelay: 5_000,
      connectionTimeout: 6_000,
    });
    this.socket.addEventListener("open", this.onOpen);
    this.socket.addEventListener("close", this.onClose);
    this.socket.addEventListener("message", this.onMessage);
    window.addEventListener("online", this.reconnect);
    document.addEventListener("visibilitychange", this.onVisible);
    this.enter("connecting");
    this.pollLater(PATIENCE_MS);
  }

  stop() {
    clearInterval(this.heartbeat);
    clearTimeout(this.pollTimer);
    window.removeEventListener("online", this.reconnect);
    document.removeEventListener("visibilitychange", this.onVisible);
    this.socket?.removeEventListener("open", this.onOpen);
    this.socket?.removeEventListener("close", this.onClose);
    this.socket?.removeEventListener("message", this.onMessage);
    this.socket?.close();
    this.socket = null;
  }

  ask(...requests: Request[]) {
    for (const request of requests) this.socket?.send(JSON.stringify(request));
  }

  askForJobs(ids: readonly string[]) {
    for (let from = 0; from < ids.length; from += MOST_IDS) {
      this.ask({ type: "subscribe", jobs: ids.slice(from, from + MOST_IDS) });
    }
  }

  /** A call was not answered: it is asked anew whether this socket's other end lives. */
  doubt = () => {
    if (this.current === "live") this.reconnect();
  };

  private onOpen = () => {
    this.heard();
    this.ask({ type: "subscribe", feed: "mine" });
  };

  private onMessage = ({ data }: MessageEvent<string>) => {
    this.heard();
    const handlers: Handlers = {
      ...this.source.handlers,
      hello: ({ heartbeat_s }) => this.keepAlive(heartbeat_s * 1000),
      snapshot: (frame) => {
        this.source.handlers.snapshot(frame);
        if (frame.feed) this.enter("live");
      },
      pong: () => {},
    };
    dispatch(handlers, data);
  };

  private onClose = ({ code }: { code: number }) => {
    clearInterval(this.heartbeat);
    if (code === REVOKED) this.source.onSignedOut();
    if (this.current === "live") {
      this.enter("connecting");
      this.pollLater(PATIENCE_MS);
    }
  };

  private keepAlive(everyMs: number) {
    clearInterval(this.heartbeat);
    this.heartbeatMs = everyMs;
    this.heartbeat = setInterval(this.checkAlive, everyMs);
  }

  private heard() {
    this.heardAt = Date.now();
    this.isAnswered = true;
  }

  /** Not by the clock: in a hidden tab timers come once a minute, and the socket is well. */
  private checkAlive = () => {
    if (!this.isAnswered) {
      this.reconnect();
      return;
    }
    this.isAnswered = false;
    this.ask({ type: "ping" });
  };

  private reconnect = () => {
    this.socket?.reconnect();
  };

  /** A tab that slept may hold a socket that is dead and does not know it. */
  private onVisible = () => {
    if (document.visibilityState !== "visible") return;
    if (Date.now() - this.heardAt > 2 * this.heartbeatMs) this.reconnect();
  };

  private pollLater(ms: number) {
    clearTimeout(this.pollTimer);
    this.pollTimer = setTimeout(() => void this.poll(), ms);
  }

  private poll = async () => {
    if (this.current === "live" || !this.socket) return;
    this.enter("polling");
    try {
      await this.source.poll();
    } catch {
      // The page says that it is offline; the next try is near.
    }
    this.pollLater(POLL_MS);
  };

  private enter(state: LiveState) {
    if (state === "live") clearTimeout(this.pollTimer);
    if (this.current === state) return;
    this.current = state;
    for (const listener of this.listeners) listener();
  }
}
