import { Button } from "@mantine/core";
import { IconWand } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ContentView } from "../../api/schema";
import { text } from "../../text";
import { heroCount } from "./heroes";
import classes from "./LatestImages.module.css";
import { Tile } from "./Tile";

const HERO_HEIGHT = 420;
const USUAL_HEIGHT = 220;

/** The newest images: the first row as large as it gets, the rest below. */
export function LatestImages({ items }: { items: readonly ContentView[] }) {
  const heroes = items.slice(0, heroCount(items));
  const others = items.slice(heroes.length);
  return (
    <section className={classes.latest} aria-labelledby="latest">
      <div className={classes.head}>
        <h2 id="latest">{text.dashboard.latest}</h2>
        <Link to="/gallery" className={classes.all}>
          {text.dashboard.gallery}
        </Link>
        <Button component={Link} to="/generate" leftSection={<IconWand size={17} />}>
          {text.dashboard.generate}
        </Button>
      </div>
      <div className={classes.heroes}>
        {heroes.map((item) => (
          <Tile key={item.id} item={item} height={HERO_HEIGHT} isLazy={false} />
        ))}
      </div>
      {others.length > 0 && (
        <div className={classes.others}>
          {others.map((item) => (
            <Tile key={item.id} item={item} height={USUAL_HEIGHT} isLazy />
          ))}
        </div>
      )}
    </section>
  );
}
