import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { StarRating } from "./StarRating";

test("a star rates, and the one that is set says that it clears", async () => {
  const onRate = vi.fn();
  render(<StarRating rating={3} onRate={onRate} />);

  await userEvent.click(screen.getByRole("button", { name: "Rate 5 of 5" }));
  await userEvent.click(screen.getByRole("button", { name: "Clear the rating" }));

  expect(onRate.mock.calls).toEqual([[5], [3]]);
});

test("only the star that is set is pressed", () => {
  render(<StarRating rating={3} onRate={() => {}} />);

  expect(screen.getAllByRole("button", { pressed: true })).toHaveLength(1);
  expect(screen.getByRole("button", { pressed: true })).toHaveAccessibleName("Clear the rating");
});

test("without a rating no star is pressed", () => {
  render(<StarRating rating={null} onRate={() => {}} />);

  expect(screen.queryByRole("button", { pressed: true })).not.toBeInTheDocument();
});
