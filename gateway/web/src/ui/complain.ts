import { notifications } from "@mantine/notifications";
import { sentenceOf } from "../api/problems";

/** Tells, at the edge of the page, that something was not done, and why. */
export function complain(title: string, error: unknown) {
  notifications.show({ title, message: sentenceOf(error), color: "red", autoClose: 8_000 });
}
