import { Button } from "@mantine/core";
import { IconPhotoOff } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { text } from "../../text";
import { Empty } from "../../ui/Empty";

export function Gone() {
  return (
    <Empty
      icon={<IconPhotoOff size={36} stroke={1.25} aria-hidden />}
      title={text.content.gone}
      body={text.content.goneBody}
    >
      <Button component={Link} to="/gallery" variant="default">
        {text.content.toGallery}
      </Button>
    </Empty>
  );
}
