import { getRouteApi } from "@tanstack/react-router";
import { NotFound } from "../../ui/NotFound";
import { ItemPage } from "./ItemPage";

const route = getRouteApi("/app/$contentId");
const NUMBER = /^[1-9]\d{0,14}$/;

export function ContentPage() {
  const { contentId } = route.useParams();
  if (!NUMBER.test(contentId)) return <NotFound />;
  return <ItemPage id={Number(contentId)} />;
}
