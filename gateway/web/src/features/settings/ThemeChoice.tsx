import { type MantineColorScheme, SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { text } from "../../text";

const SCHEMES: { value: MantineColorScheme; label: string }[] = [
  { value: "auto", label: text.settings.themes.auto },
  { value: "light", label: text.settings.themes.light },
  { value: "dark", label: text.settings.themes.dark },
];

export function ThemeChoice() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <div>
      <SegmentedControl
        aria-label={text.settings.theme}
        data={SCHEMES}
        value={colorScheme}
        onChange={setColorScheme}
      />
    </div>
  );
}
