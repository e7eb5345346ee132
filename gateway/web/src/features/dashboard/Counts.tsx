import { Link } from "@tanstack/react-router";
import type { JobStatus, StatsView } from "../../api/schema";
import { text } from "../../text";
import classes from "./Counts.module.css";

const ENDS = ["completed", "failed", "cancelled"] as const satisfies readonly JobStatus[];

/** How many jobs ended, and how, today and this week. */
export function Counts({ stats }: { stats: Pick<StatsView, "today" | "this_week"> }) {
  return (
    <section aria-label={text.dashboard.counts}>
      <table className={classes.counts}>
        <thead>
          <tr>
            <th scope="col">
              <h2>{text.dashboard.counts}</h2>
            </th>
            <th scope="col">{text.dashboard.today}</th>
            <th scope="col">{text.dashboard.week}</th>
          </tr>
        </thead>
        <tbody>
          {ENDS.map((status) => (
            <tr key={status} data-none={!stats.this_week[status] || undefined}>
              <th scope="row">
                <Link to="/generate/history" search={{ status: [status] }}>
                  {text.status[status]}
                </Link>
              </th>
              <td>{(stats.today[status] ?? 0).toLocaleString("en")}</td>
              <td>{(stats.this_week[status] ?? 0).toLocaleString("en")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
