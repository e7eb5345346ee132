import { Collapse, UnstyledButton } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconChevronRight } from "@tabler/icons-react";
import { useRef } from "react";
import { text } from "../../text";
import classes from "./AdvancedFields.module.css";
import { ParamField, type ParamProps } from "./ParamField";
import { SeedField } from "./SeedField";
import { type Field, isEmpty } from "./workflow";

interface Props extends ParamProps {
  fields: Field[];
  keepSeed: boolean;
  onKeepSeed: (keepSeed: boolean) => void;
}

export function AdvancedFields({ fields, keepSeed, onKeepSeed, ...shared }: Props) {
  const [isOpen, setIsOpen] = useLocalStorage({
    key: "darkroom.advanced",
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const toggle = useRef<HTMLButtonElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const hasFault = fields.some(({ name }) => shared.faults[`params.${name}`] !== undefined);
  const isShown = isOpen || hasFault;
  const touched = fields.filter((field) => {
    const value = shared.draft.params[field.name];
    return !isEmpty(value) && value !== field.default;
  }).length;
  return (
    <div>
      <UnstyledButton
        ref={toggle}
        className={classes.toggle}
        aria-expanded={isShown}
        onClick={() => setIsOpen(!isShown)}
      >
        <IconChevronRight size={16} className={classes.chevron} aria-hidden />
        {text.form.advanced}
        {touched > 0 && <span className={classes.touched}>{text.form.touched(touched)}</span>}
      </UnstyledButton>
      <Collapse
        expanded={isShown}
        onTransitionEnd={() => {
          // Not from under somebody who is elsewhere already: at a field that was refused, say.
          if (isShown && document.activeElement === toggle.current)
            content.current?.scrollIntoView({ block: "nearest" });
        }}
      >
        <div className={classes.fields} ref={content}>
          {fields.map((field) =>
            field.kind === "seed" ? (
              <SeedField
                key={field.name}
                field={field}
                keepSeed={keepSeed}
                onKeepSeed={onKeepSeed}
                {...shared}
              />
            ) : (
              <ParamField key={field.name} field={field} {...shared} />
            ),
          )}
        </div>
      </Collapse>
    </div>
  );
}
