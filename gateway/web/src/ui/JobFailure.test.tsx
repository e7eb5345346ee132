import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { JobError } from "../api/schema";
import { aJob } from "../testing/samples";
import { text } from "../text";
import { JobFailure } from "./JobFailure";

function show(error: Partial<JobError>) {
  const whole = { code: "execution_error", message: "boom", retryable: false, ...error };
  return render(
    <MantineProvider>
      <JobFailure job={aJob({ status: "failed", error: whole })} />
    </MantineProvider>,
  );
}

test("a failure is told in words, with the node that failed", () => {
  show({ code: "out_of_memory", node_type: "KSampler", node_id: "3", retryable: true });

  screen.getByText(text.failure.out_of_memory);
  screen.getByText(/KSampler \(3\)/);
});

test("ComfyUI's own words are in a fold, named as such", () => {
  show({ code: "execution_error", message: "shape mismatch" });

  const fold = screen.getByText(text.job.details).closest("details");
  expect(fold?.open).toBe(false);
  expect(fold?.textContent).toContain("shape mismatch");
});

test("Darkroom's own words are not put into ComfyUI's mouth", () => {
  show({ code: "timed_out", message: "It took longer than 900 s." });

  expect(screen.queryByText(text.job.details)).toBeNull();
  screen.getByText(text.job.reported);
});

test("where trying again would not help, it says so", () => {
  const { unmount } = show({ code: "refused", retryable: false });
  screen.getByText(text.job.wouldFailAgain, { exact: false });
  unmount();

  show({ code: "timed_out", retryable: true });
  expect(screen.queryByText(text.job.wouldFailAgain, { exact: false })).toBeNull();
});

test.each(["of_a_newer_server", "toString", "__proto__"])(
  "a code that is not known (%s) is told in general words",
  (code) => {
    show({ code });

    expect(screen.queryByText(text.failure.other)).not.toBeNull();
  },
);

test("of a job that did not fail there is nothing to say", () => {
  const { container } = render(<JobFailure job={aJob({ status: "completed" })} />);

  expect(container.innerHTML).toBe("");
});
