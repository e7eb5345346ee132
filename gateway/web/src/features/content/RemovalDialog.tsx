import { Button, Group, Modal } from "@mantine/core";
import { text } from "../../text";
import { DANGER } from "../../theme";

interface Props {
  isOpen: boolean;
  isBusy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

export function RemovalDialog({ isOpen, isBusy, onConfirm, onClose }: Props) {
  return (
    <Modal opened={isOpen} onClose={onClose} title={text.content.deleteTitle} size="sm">
      {text.content.deleteBody}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose} disabled={isBusy} data-autofocus>
          {text.content.deleteNo}
        </Button>
        <Button color={DANGER} onClick={onConfirm} loading={isBusy}>
          {text.content.delete}
        </Button>
      </Group>
    </Modal>
  );
}
