import { MantineProvider } from "@mantine/core";
import { act, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Picture } from "./Picture";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function show(src: string | null) {
  render(
    <MantineProvider>
      <Picture src={src} alt="Open: a door" width={64} height={64} />
    </MantineProvider>,
  );
}

test("an image that did not arrive is asked for again, a few times", () => {
  show("/door.webp");

  const asked = new Set<Element>();
  for (let failures = 0; failures < 10; failures += 1) {
    asked.add(screen.getByRole("img"));
    fireEvent.error(screen.getByRole("img"));
    act(() => void vi.advanceTimersByTime(20_000));
  }

  expect(asked.size).toBe(4);
});

test("where the file is missing its name remains", () => {
  show(null);

  screen.getByText("Open: a door.");
  expect(screen.queryByRole("img")).toBeNull();
});
