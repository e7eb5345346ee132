import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { LiveJob } from "../live/JobStore";
import { aJob } from "../testing/samples";
import { text } from "../text";
import { JobProgress } from "./JobProgress";

function show(job: Partial<LiveJob>) {
  render(
    <MantineProvider>
      <JobProgress job={{ ...aJob({ status: "running" }), ...job }} />
    </MantineProvider>,
  );
  return screen.getByRole("progressbar");
}

test("the bar tells the step to those who hear it", () => {
  const bar = show({ progress: 0.4, step: 8, steps: 20 });

  expect(bar.getAttribute("aria-valuetext")).toBe(text.job.step(8, 20));
  expect(bar.getAttribute("aria-valuenow")).toBe("40");
});

test("of what is not being drawn yet it tells no number", () => {
  const bar = show({ progress: null });

  expect(bar.getAttribute("aria-valuetext")).toBe(text.job.starting);
  expect(bar.hasAttribute("aria-valuenow")).toBe(false);
});
