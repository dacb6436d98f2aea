export {
  type BuiltImage,
  buildImages,
  buildTradewind,
  type Images,
  type ImagesOptions,
} from './build-images.ts';
export { buildImage, type ImageBuild, removeImage } from './buildah.ts';
