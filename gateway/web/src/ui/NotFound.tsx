import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { text } from "../text";
import { Empty } from "./Empty";

export function NotFound() {
  return (
    <Empty title={text.notFound.title} body={text.notFound.body}>
      <Button component={Link} to="/" variant="default">
        {text.notFound.home}
      </Button>
    </Empty>
  );
}
