/** Times, lengths of time and sizes, in words for people. */
import type { ContentView } from "../../api/schema";

const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
export function momentWords(at: string): string {
  return moment.format(new Date(at));
}

export function lengthWords(from: string, to: string): string {
  const seconds = Math.max(0, Date.parse(to) - Date.parse(from)) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function fileWords({
  mime_type,
  byte_size,
  width,
  height,
}: Pick<ContentView, "mime_type" | "byte_size" | "width" | "height">): string {
  const format = (mime_type.split("/")[1] ?? mime_type).toUpperCase();
  const size = width && height ? [`${width} × ${height}`] : [];
  return [format, byteWords(byte_size), ...size].join(" · ");
}

function byteWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
