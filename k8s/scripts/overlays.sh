# shellcheck shell=sh
# Which overlay is meant. Sourced by run.sh and delete.sh. Reads $home, $overlay and $autoscaler.

overlays_folder=$home/k8s/overlays

# Overlays by name, without their variants.
overlay_names() {
  for folder in "$overlays_folder"/*/; do
    folder=${folder%/}
    case $folder in *-hpa | *-keda) ;; *) printf '%s ' "${folder##*/}" ;; esac
  done
}

# Sets $overlay_folder, or says which overlays there are. A name stands for k8s/overlays/NAME; what has
# a slash in it is a folder of the user's own.
find_overlay() {
  case $overlay in
    */*) overlay_folder=$overlay ;;
    *) overlay_folder=$overlays_folder/$overlay ;;
  esac
  [ -f "$overlay_folder/kustomization.yaml" ] || misuse \
    "Expected an overlay ($(overlay_names | sed 's/ $//; s/ /, /g')) or a folder with a kustomization.yaml, got '$overlay'"
  if [ "$autoscaler" != none ]; then
    overlay_folder=${overlay_folder%/}-$autoscaler
    [ -f "$overlay_folder/kustomization.yaml" ] || misuse \
      "Expected overlay '$overlay' to have an autoscaler '$autoscaler', got none at $overlay_folder"
  fi
  overlay_folder=$(cd "$overlay_folder" && pwd -P)
}
